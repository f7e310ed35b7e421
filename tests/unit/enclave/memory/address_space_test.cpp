#include "tests/unit/enclave/memory/address_space_fixture.h"

namespace farl {

TEST_F(AddressSpaceTest, a_fresh_mapping_is_one_backend_call_and_its_end_another)
{
    auto address = map(10);
    EXPECT_EQ(address, kTop - pages(10));
    EXPECT_EQ(backend.take_calls(), Calls { "protect" });
    ASSERT_TRUE(space.unmap(address, pages(10)));
    EXPECT_EQ(backend.take_calls(), Calls { "release" });
    EXPECT_TRUE(backend.pages.empty());
}

TEST_F(AddressSpaceTest, a_reservation_costs_no_backend_call_until_it_is_opened)
{
    auto address = map(64, kProtNone, kAnonymous | kMapNoReserve);
    EXPECT_TRUE(backend.take_calls().empty());
    ASSERT_TRUE(space.protect(address, pages(4), kReadWrite));
    EXPECT_EQ(backend.take_calls(), Calls { "protect" });
    ASSERT_TRUE(space.unmap(address + pages(4), pages(60)));
    EXPECT_TRUE(backend.take_calls().empty());
}

TEST_F(AddressSpaceTest, munmap_over_several_mappings_and_holes_releases_once)
{
    map_at(kAt, 2);
    map_at(kAt + pages(4), 2, kProtRead);
    map_at(kAt + pages(6), 2, kProtNone);
    backend.take_calls();
    ASSERT_TRUE(space.unmap(kAt + pages(1), pages(6)));
    EXPECT_EQ(backend.take_calls(), Calls { "release" });
    EXPECT_EQ(layout(), "0-1:3 7-8:0");
}

TEST_F(AddressSpaceTest, equal_neighbours_merge_and_a_hole_splits)
{
    map_at(kAt, 4);
    map_at(kAt + pages(4), 4);
    EXPECT_EQ(layout(), "0-8:3");
    ASSERT_TRUE(space.unmap(kAt + pages(2), pages(1)));
    EXPECT_EQ(layout(), "0-2:3 3-8:3");
}

TEST_F(AddressSpaceTest, protect_splits_and_merges_back)
{
    map_at(kAt, 8);
    ASSERT_TRUE(space.protect(kAt + pages(2), pages(3), kProtRead));
    EXPECT_EQ(layout(), "0-2:3 2-5:1 5-8:3");
    ASSERT_TRUE(space.protect(kAt + pages(2), pages(3), kReadWrite));
    EXPECT_EQ(layout(), "0-8:3");
}

TEST_F(AddressSpaceTest, protect_up_to_a_hole_takes_effect_before_it_fails)
{
    map_at(kAt, 2);
    map_at(kAt + pages(3), 2);
    EXPECT_EQ(space.protect(kAt, pages(5), kProtRead).error(), Errno::Enomem);
    EXPECT_EQ(layout(), "0-2:1 3-5:3");
    EXPECT_EQ(backend.pages.at(kAt).protection, kProtRead);
    EXPECT_EQ(backend.pages.at(kAt + pages(3)).protection, kReadWrite);
}

TEST_F(AddressSpaceTest, protect_over_several_mappings_is_one_backend_call)
{
    map_at(kAt, 2, kProtRead);
    map_at(kAt + pages(2), 2, kReadWrite);
    map_at(kAt + pages(4), 2, kProtNone);
    backend.take_calls();
    ASSERT_TRUE(space.protect(kAt, pages(6), kReadWrite));
    EXPECT_EQ(backend.take_calls(), Calls { "protect" });
    EXPECT_EQ(backend.pages.at(kAt + pages(5)).protection, kReadWrite);
    ASSERT_TRUE(space.protect(kAt, pages(6), kReadWrite));
    EXPECT_TRUE(backend.take_calls().empty());
}

TEST_F(AddressSpaceTest, protect_refuses_what_the_mapping_may_never_allow)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(1),
        .protection = kProtRead,
        .flags = kMapShared | kMapFixed,
        .object = object,
        .maximum_protection = kProtRead }));
    EXPECT_EQ(space.protect(kAt, pages(1), kReadWrite).error(), Errno::Eacces);
}

TEST_F(AddressSpaceTest, fixed_mappings_replace_and_noreplace_does_not)
{
    map_at(kAt, 4);
    EXPECT_EQ(map_error({ .address = kAt + pages(3),
                  .size = pages(2),
                  .protection = kProtRead,
                  .flags = kAnonymous | kMapFixedNoReplace }),
        Errno::Eexist);
    map_at(kAt + pages(1), 2, kProtRead);
    EXPECT_EQ(layout(), "0-1:3 1-3:1 3-4:3");
}

TEST_F(AddressSpaceTest, a_hint_is_honoured_when_it_is_free)
{
    auto at_hint = MUST(space.map({ .address = kAt + 1, .size = 1, .flags = kAnonymous }));
    EXPECT_EQ(at_hint, kAt);
    auto elsewhere = MUST(space.map({ .address = kAt, .size = 1, .flags = kAnonymous }));
    EXPECT_EQ(elsewhere, kTop - pages(1));
}

TEST_F(AddressSpaceTest, large_anonymous_mappings_are_aligned_for_huge_pages)
{
    map(1);
    auto large = map(512);
    EXPECT_EQ(large % (2 << 20), 0u);
    auto not_a_multiple = map(513);
    EXPECT_EQ(not_a_multiple, large - pages(513));
}

TEST_F(AddressSpaceTest, room_that_is_aligned_already_is_used_from_its_top) { EXPECT_EQ(map(512), kTop - pages(512)); }

TEST_F(AddressSpaceTest, bad_arguments_of_mmap_get_linux_errnos)
{
    EXPECT_EQ(map_error({ .size = 0, .flags = kAnonymous }), Errno::Einval);
    EXPECT_EQ(map_error({ .size = UINT64_MAX, .flags = kAnonymous }), Errno::Enomem);
    EXPECT_EQ(map_error({ .size = 1ull << 48, .flags = kAnonymous }), Errno::Enomem);
    EXPECT_EQ(map_error({ .size = 1, .flags = kMapAnonymous }), Errno::Einval);
    EXPECT_EQ(map_error({ .address = kAt + 1, .size = 1, .flags = kAnonymous | kMapFixed }), Errno::Einval);
    EXPECT_EQ(map_error({ .address = 0, .size = 1, .flags = kAnonymous | kMapFixed }), Errno::Eperm);
    EXPECT_EQ(map_error({ .address = kTop, .size = 1, .flags = kAnonymous | kMapFixed }), Errno::Enomem);
    EXPECT_EQ(map_error({ .size = 1, .flags = kMapShared | kMapAnonymous | kMapGrowsDown }), Errno::Einval);
}

TEST_F(AddressSpaceTest, committed_memory_is_limited_but_reservations_and_stacks_are_free)
{
    space.set_limits({ .committed_bytes = pages(10) });
    map(8);
    EXPECT_EQ(map_error({ .size = pages(3), .protection = kReadWrite, .flags = kAnonymous }), Errno::Enomem);
    map(100, kProtNone);
    map(100, kReadWrite, kAnonymous | kMapNoReserve);
    map(100, kReadWrite, kAnonymous | kMapStack);
    EXPECT_EQ(space.usage().committed_bytes, pages(8));
    map(2);
    EXPECT_EQ(space.usage().committed_bytes, pages(10));
}

TEST_F(AddressSpaceTest, opening_a_reservation_is_charged_and_refused_beyond_the_limit)
{
    space.set_limits({ .committed_bytes = pages(10) });
    auto address = map(100, kProtNone);
    EXPECT_EQ(space.protect(address, pages(11), kReadWrite).error(), Errno::Enomem);
    EXPECT_TRUE(space.protect(address, pages(10), kReadWrite));
    EXPECT_EQ(space.usage().committed_bytes, pages(10));
    ASSERT_TRUE(space.unmap(address, pages(100)));
    EXPECT_EQ(space.usage().committed_bytes, 0u);
}

TEST_F(AddressSpaceTest, a_replaced_mapping_no_longer_counts)
{
    space.set_limits({ .committed_bytes = pages(10), .total_bytes = pages(12) });
    map_at(kAt, 10);
    map_at(kAt, 10);
    EXPECT_EQ(space.usage().committed_bytes, pages(10));
    EXPECT_EQ(map_error({ .size = pages(3), .flags = kAnonymous }), Errno::Enomem);
}

TEST_F(AddressSpaceTest, a_failing_backend_leaves_the_books_unchanged)
{
    map_at(kAt, 4);
    backend.fails = true;
    EXPECT_EQ(map_error({ .size = pages(3), .protection = kReadWrite, .flags = kAnonymous }), Errno::Enomem);
    EXPECT_EQ(space.protect(kAt, pages(2), kProtRead).error(), Errno::Enomem);
    EXPECT_EQ(space.unmap(kAt, pages(2)).error(), Errno::Enomem);
    EXPECT_EQ(layout(), "0-4:3");
    EXPECT_EQ(space.usage().committed_bytes, pages(4));
}

TEST_F(AddressSpaceTest, the_number_of_mappings_is_limited)
{
    space.set_limits({ .mappings = 2 });
    map_at(kAt, 3);
    map_at(kAt + pages(4), 3);
    EXPECT_EQ(space.unmap(kAt + pages(1), pages(1)).error(), Errno::Enomem);
    EXPECT_EQ(map_error({ .size = pages(1), .flags = kAnonymous }), Errno::Enomem);
    EXPECT_TRUE(space.unmap(kAt, pages(1)));
}

TEST_F(AddressSpaceTest, an_object_is_not_resident_until_the_caller_says_so)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(4),
        .protection = kProtRead,
        .flags = kMapPrivate | kMapFixed,
        .object = object,
        .offset = pages(7) }));
    ASSERT_TRUE(space.protect(kAt, pages(4), kReadWrite));
    EXPECT_TRUE(backend.take_calls().empty());
    ASSERT_TRUE(space.set_resident({ kAt + pages(1), kAt + pages(3) }));
    EXPECT_EQ(layout(), "0-1:3 1-3:3 3-4:3");
    EXPECT_EQ(space.find(kAt + pages(2))->offset, pages(8));
    EXPECT_EQ(space.name_of(*space.find(kAt)), "/lib/object.so");
    ASSERT_TRUE(space.set_resident({ kAt, kAt + pages(4) }));
    EXPECT_EQ(layout(), "0-4:3");
}

TEST_F(AddressSpaceTest, lookup_scales_to_many_mappings)
{
    AddressSpace large { backend, { kBase, 1ull << 40 }, 1ull << 40 };
    large.set_limits({ .mappings = 200'000 });
    for (uint64_t i = 0; i < 100'000; ++i)
        MUST(large.map({ .address = kAt + i * pages(2), .size = pages(1), .flags = kAnonymous | kMapFixed }));
    large.verify();
    EXPECT_EQ(large.usage().mappings, 100'000u);
    EXPECT_EQ(large.find(kAt + pages(2 * 54'321))->start(), kAt + pages(2 * 54'321));
    EXPECT_EQ(large.find(kAt + pages(2 * 54'321 + 1)), nullptr);
}

TEST_F(AddressSpaceTest, is_accessible_needs_every_page)
{
    map_at(kAt, 2);
    map_at(kAt + pages(2), 2, kProtRead);
    EXPECT_TRUE(space.is_accessible({ kAt + 5, kAt + pages(4) }, kProtRead));
    EXPECT_FALSE(space.is_accessible({ kAt + 5, kAt + pages(4) }, kProtWrite));
    EXPECT_FALSE(space.is_accessible({ kAt + 5, kAt + pages(4) + 1 }, kProtRead));
}

TEST_F(AddressSpaceTest, dropped_pages_of_an_object_can_become_resident_again)
{
    auto object = MUST(make_ref<FakeObject>());
    MUST(space.map({ .address = kAt,
        .size = pages(3),
        .protection = kReadWrite,
        .flags = kMapShared | kMapFixed,
        .object = Ref<MappedObject>(object) }));
    MUST(space.set_resident({ kAt, kAt + pages(3) }));
    backend.take_calls();
    MUST(space.drop({ kAt + pages(1), kAt + pages(2) }));
    EXPECT_EQ(backend.take_calls(), Calls { "release" });
    EXPECT_TRUE(space.find(kAt)->resident);
    EXPECT_FALSE(space.find(kAt + pages(1))->resident);
    EXPECT_TRUE(space.find(kAt + pages(2))->resident);
    MUST(space.set_resident({ kAt + pages(1), kAt + pages(2) }));
    EXPECT_EQ(space.find(kAt)->range.size(), pages(3));
}

} // namespace farl
