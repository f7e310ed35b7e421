#include "tests/unit/enclave/memory/address_space_fixture.h"

namespace farl {

TEST_F(AddressSpaceTest, dontneed_makes_private_pages_zero_and_leaves_shared_ones)
{
    map_at(kAt, 2);
    map_at(kAt + pages(2), 1, kReadWrite, kMapShared | kMapAnonymous);
    for (auto& [address, page] : backend.pages)
        page.written = 7;
    ASSERT_TRUE(space.advise(kAt, pages(3), kMadvDontNeed));
    EXPECT_EQ(backend.pages.at(kAt).written, 0u);
    EXPECT_EQ(backend.pages.at(kAt + pages(2)).written, 7u);
    EXPECT_EQ(layout(), "0-2:3 2-3:3");
}

TEST_F(AddressSpaceTest, dontneed_of_a_private_object_makes_it_not_resident)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(2),
        .protection = kProtRead,
        .flags = kMapPrivate | kMapFixed,
        .object = object }));
    MUST(space.set_resident({ kAt, kAt + pages(2) }));
    ASSERT_TRUE(space.advise(kAt + pages(1), pages(1), kMadvDontNeed));
    EXPECT_TRUE(space.find(kAt)->resident);
    EXPECT_FALSE(space.find(kAt + pages(1))->resident);
    EXPECT_EQ(backend.take_calls(), Calls { "release" });
}

TEST_F(AddressSpaceTest, advice_is_applied_around_holes_which_are_then_reported)
{
    map_at(kAt, 1);
    map_at(kAt + pages(2), 1);
    backend.pages.at(kAt + pages(2)).written = 7;
    EXPECT_EQ(space.advise(kAt, pages(3), kMadvDontNeed).error(), Errno::Enomem);
    EXPECT_EQ(backend.pages.at(kAt + pages(2)).written, 0u);
}

TEST_F(AddressSpaceTest, bad_arguments_of_madvise_get_linux_errnos)
{
    map_at(kAt, 1);
    EXPECT_EQ(space.advise(kAt, pages(1), 5).error(), Errno::Einval);
    EXPECT_EQ(space.advise(kAt + 1, 1, kMadvNormal).error(), Errno::Einval);
    EXPECT_EQ(space.advise(kAt, UINT64_MAX, kMadvNormal).error(), Errno::Einval);
    EXPECT_TRUE(space.advise(kAt + pages(7), 0, kMadvNormal));
    ASSERT_TRUE(space.lock(kAt, 1));
    EXPECT_EQ(space.advise(kAt, pages(1), kMadvDontNeed).error(), Errno::Einval);
    EXPECT_TRUE(space.advise(kAt, pages(1), kMadvDontNeedLocked));
    EXPECT_EQ(space.advise(kAt, pages(1), kMadvRemove).error(), Errno::Einval);
}

TEST_F(AddressSpaceTest, locked_bytes_are_counted_and_limited)
{
    space.set_limits({ .locked_bytes = pages(3) });
    map_at(kAt, 8);
    ASSERT_TRUE(space.lock(kAt + 1, pages(1)));
    EXPECT_EQ(space.usage().locked_bytes, pages(2));
    EXPECT_EQ(space.lock(kAt + pages(4), pages(2)).error(), Errno::Enomem);
    ASSERT_TRUE(space.unlock(kAt, pages(8)));
    EXPECT_EQ(space.usage().locked_bytes, 0u);
    EXPECT_EQ(layout(), "0-8:3");
    EXPECT_EQ(space.lock(kAt + pages(7), pages(2)).error(), Errno::Enomem);
    EXPECT_EQ(space.usage().locked_bytes, pages(1));
}

TEST_F(AddressSpaceTest, mlock_fails_over_pages_that_cannot_be_touched)
{
    map_at(kAt, 1);
    map_at(kAt + pages(1), 1, kProtNone);
    EXPECT_EQ(space.lock(kAt, pages(2)).error(), Errno::Enomem);
    EXPECT_EQ(space.usage().locked_bytes, pages(2));
    EXPECT_TRUE(space.lock(kAt, pages(1)));
    EXPECT_TRUE(space.lock_on_fault(kAt, pages(2)));
}

TEST_F(AddressSpaceTest, sync_writes_shared_objects_back_and_reports_holes)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(4),
        .protection = kReadWrite,
        .flags = kMapShared | kMapFixed,
        .object = object }));
    MUST(space.set_resident({ kAt, kAt + pages(4) }));
    map_at(kAt + pages(4), 1);
    std::vector<AddressRange> written;
    auto write = [&](Mapping const&, AddressRange range) -> Result<> {
        written.push_back(range);
        return {};
    };
    EXPECT_TRUE(space.sync(kAt + pages(1), pages(4), kMsyncSync, write));
    EXPECT_EQ(written, (std::vector<AddressRange> { { kAt + pages(1), kAt + pages(4) } }));
    EXPECT_EQ(space.sync(kAt, pages(6), kMsyncSync, write).error(), Errno::Enomem);
    EXPECT_EQ(space.sync(kAt, pages(1), kMsyncSync | kMsyncAsync, write).error(), Errno::Einval);
    EXPECT_EQ(space.sync(kAt + 1, pages(1), kMsyncSync, write).error(), Errno::Einval);
}

TEST_F(AddressSpaceTest, mincore_checks_each_page)
{
    map_at(kAt, 2);
    EXPECT_TRUE(space.check_mincore(kAt, pages(2)));
    EXPECT_TRUE(space.check_mincore(kAt + pages(50), 0));
    EXPECT_EQ(space.check_mincore(kAt, pages(2) + 1).error(), Errno::Enomem);
    EXPECT_EQ(space.check_mincore(kAt + 1, 1).error(), Errno::Einval);
}

TEST_F(AddressSpaceTest, brk_grows_shrinks_and_stops_at_a_mapping)
{
    space.start_brk(kAt);
    EXPECT_EQ(space.brk(0), kAt);
    EXPECT_EQ(space.brk(kAt + 100), kAt + 100);
    EXPECT_EQ(space.brk(kAt + pages(3)), kAt + pages(3));
    EXPECT_EQ(layout(), "0-3:3");
    EXPECT_EQ(space.name_of(*space.find(kAt)), "[heap]");
    map_at(kAt + pages(8), 1, kProtRead);
    EXPECT_EQ(space.brk(kAt + pages(8)), kAt + pages(3));
    EXPECT_EQ(space.brk(kAt + pages(7)), kAt + pages(7));
    EXPECT_EQ(space.brk(kAt + 1), kAt + 1);
    EXPECT_EQ(layout(), "0-1:3 8-9:1");
}

TEST_F(AddressSpaceTest, a_stack_grows_down_to_its_limit_and_keeps_its_guard_gap)
{
    auto top = kAt + pages(2000);
    map_at(top, 4, kReadWrite, kAnonymous | kMapGrowsDown);
    EXPECT_TRUE(space.grow_stack(top - pages(10), pages(1000)));
    EXPECT_EQ(space.find(top)->range.size(), pages(14));
    EXPECT_EQ(space.grow_stack(top - pages(1000), pages(1000)).error(), Errno::Enomem);
    map_at(top - pages(300), 1);
    EXPECT_EQ(space.grow_stack(top - pages(44), pages(1000)).error(), Errno::Enomem);
    EXPECT_TRUE(space.grow_stack(top - pages(43), pages(1000)));
    EXPECT_EQ(space.grow_stack(top - pages(301), pages(1000)).error(), Errno::Efault);
}

TEST_F(AddressSpaceTest, room_below_a_stack_respects_its_guard_gap)
{
    AddressSpace small { backend, { kBase, kAt + pages(300) }, kAt + pages(300) };
    MUST(small.map({ .address = kAt + pages(299),
        .size = pages(1),
        .protection = kReadWrite,
        .flags = kAnonymous | kMapGrowsDown | kMapFixed }));
    EXPECT_EQ(MUST(small.map({ .size = pages(1), .flags = kAnonymous })), kAt + pages(299 - 256 - 1));
}

} // namespace farl
