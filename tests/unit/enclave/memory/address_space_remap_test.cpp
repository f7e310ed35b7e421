#include "tests/unit/enclave/memory/address_space_fixture.h"

namespace farl {

TEST_F(AddressSpaceTest, remap_grows_in_place_where_there_is_room)
{
    map_at(kAt, 2);
    backend.take_calls();
    EXPECT_EQ(MUST(space.remap({ kAt, pages(2), pages(5) })), kAt);
    EXPECT_EQ(layout(), "0-5:3");
    EXPECT_EQ(backend.take_calls(), Calls { "protect" });
}

TEST_F(AddressSpaceTest, remap_moves_contents_only_when_it_may)
{
    map_at(kAt, 2);
    map_at(kAt + pages(2), 1, kProtRead);
    backend.pages.at(kAt + pages(1)).written = 7;
    EXPECT_EQ(space.remap({ kAt, pages(2), pages(5) }).error(), Errno::Enomem);
    auto moved = MUST(space.remap({ kAt, pages(2), pages(5), kMremapMayMove }));
    EXPECT_EQ(moved, kTop - pages(5));
    EXPECT_EQ(backend.pages.at(moved + pages(1)).written, 7u);
    EXPECT_EQ(backend.pages.at(moved + pages(4)).protection, kReadWrite);
    EXPECT_FALSE(backend.pages.contains(kAt));
}

TEST_F(AddressSpaceTest, remap_fixed_replaces_the_target)
{
    map_at(kAt, 2);
    map_at(kAt + pages(8), 4, kProtRead);
    backend.pages.at(kAt).written = 7;
    auto moved = MUST(space.remap({ kAt, pages(2), pages(1), kMremapMayMove | kMremapFixed, kAt + pages(9) }));
    EXPECT_EQ(moved, kAt + pages(9));
    EXPECT_EQ(layout(), "8-9:1 9-10:3 10-12:1");
    EXPECT_EQ(backend.pages.at(moved).written, 7u);
}

TEST_F(AddressSpaceTest, remap_dontunmap_leaves_fresh_pages_behind)
{
    map_at(kAt, 2);
    backend.pages.at(kAt).written = 7;
    auto moved = MUST(space.remap({ kAt, pages(2), pages(2), kMremapMayMove | kMremapDontUnmap }));
    EXPECT_EQ(backend.pages.at(moved).written, 7u);
    EXPECT_EQ(backend.pages.at(kAt).written, 0u);
    EXPECT_EQ(space.usage().committed_bytes, pages(4));
}

TEST_F(AddressSpaceTest, remap_moves_an_object_whose_pages_are_partly_resident)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(4),
        .protection = kProtRead,
        .flags = kMapPrivate | kMapFixed,
        .object = object }));
    MUST(backend.protect({ kAt + pages(1), kAt + pages(2) }, kProtRead));
    MUST(space.set_resident({ kAt + pages(1), kAt + pages(2) }));
    auto target = kAt + pages(100);
    MUST(space.remap({ kAt, pages(4), pages(6), kMremapMayMove | kMremapFixed, target }));
    EXPECT_EQ(layout(), "100-101:1 101-102:1 102-106:1");
    EXPECT_TRUE(space.find(target + pages(1))->resident);
    EXPECT_FALSE(space.find(target + pages(5))->resident);
    EXPECT_EQ(space.find(target + pages(5))->offset_of(target + pages(5)), pages(5));
    EXPECT_TRUE(backend.pages.contains(target + pages(1)));
}

TEST_F(AddressSpaceTest, an_old_size_of_zero_duplicates_a_shared_object_only)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(2),
        .protection = kProtRead,
        .flags = kMapShared | kMapFixed,
        .object = object,
        .offset = pages(3) }));
    auto copy = MUST(space.remap({ kAt, 0, pages(1), kMremapMayMove }));
    EXPECT_EQ(space.find(copy)->offset, pages(3));
    EXPECT_EQ(space.find(kAt)->range.size(), pages(2));
    map_at(kAt + pages(10), 1);
    EXPECT_EQ(space.remap({ kAt + pages(10), 0, pages(1), kMremapMayMove }).error(), Errno::Einval);
}

TEST_F(AddressSpaceTest, bad_arguments_of_mremap_get_linux_errnos)
{
    map_at(kAt, 2);
    EXPECT_EQ(space.remap({ kAt + 1, pages(1), pages(1) }).error(), Errno::Einval);
    EXPECT_EQ(space.remap({ kAt, pages(1), 0 }).error(), Errno::Einval);
    EXPECT_EQ(space.remap({ kAt, pages(1), pages(1), 8 }).error(), Errno::Einval);
    EXPECT_EQ(space.remap({ kAt, pages(1), pages(1), kMremapFixed, kAt + pages(9) }).error(), Errno::Einval);
    EXPECT_EQ(space.remap({ kAt, pages(1), pages(2), kMremapMayMove | kMremapDontUnmap }).error(), Errno::Einval);
    EXPECT_EQ(
        space.remap({ kAt, pages(2), pages(2), kMremapMayMove | kMremapFixed, kAt + pages(1) }).error(), Errno::Einval);
    EXPECT_EQ(space.remap({ kAt + pages(5), pages(1), pages(2) }).error(), Errno::Efault);
    EXPECT_EQ(space.remap({ kAt, pages(3), pages(4), kMremapMayMove }).error(), Errno::Efault);
}

TEST_F(AddressSpaceTest, remap_is_charged_for_what_it_adds)
{
    space.set_limits({ .committed_bytes = pages(5) });
    map_at(kAt, 3);
    EXPECT_EQ(space.remap({ kAt, pages(3), pages(6), kMremapMayMove }).error(), Errno::Enomem);
    EXPECT_EQ(MUST(space.remap({ kAt, pages(3), pages(5) })), kAt);
    EXPECT_EQ(space.remap({ kAt, pages(1), pages(1), kMremapMayMove | kMremapDontUnmap }).error(), Errno::Enomem);
}

} // namespace farl
