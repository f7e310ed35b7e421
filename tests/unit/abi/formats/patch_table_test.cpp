#include "tests/unit/abi/formats/patch_samples.h"

#include <functional>
#include <gtest/gtest.h>

namespace farl::patch {

namespace {

bool is_refused(std::vector<PatchSite> const& sites) { return PatchTableView::parse(sample_table(sites)).is_error(); }

bool is_refused_after(std::function<void(PatchHeader&)> const& change)
{
    auto bytes = sample_table();
    PatchHeader header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    change(header);
    std::memcpy(bytes.data(), &header, sizeof(header));
    return PatchTableView::parse(bytes).is_error();
}

bool is_refused_after(std::function<void(PatchSite&)> const& change, size_t index)
{
    auto sites = sample_sites();
    change(sites[index]);
    return is_refused(sites);
}

} // namespace

TEST(PatchTable, reads_what_was_written)
{
    auto const bytes = sample_table();
    auto const table = MUST(PatchTableView::parse(bytes));
    EXPECT_EQ(table.site_count(), 2u);
    EXPECT_EQ(table.segment(0).vaddr, kSampleText);
    EXPECT_EQ(table.site(1).syscall_vaddr(), kSampleText + 0x40);
    EXPECT_TRUE(table.site(0).returns_to_text());
    EXPECT_FALSE(table.site(1).returns_to_text());
    EXPECT_EQ(table.skipped(0).reason, SkipReason::SignalReturn);
}

TEST(PatchTable, parse_refuses_every_other_length)
{
    auto const bytes = sample_table();
    for (size_t size = 0; size < bytes.size(); ++size)
        EXPECT_TRUE(PatchTableView::parse(std::span(bytes).first(size)).is_error()) << size;
    auto longer = bytes;
    longer.push_back({});
    EXPECT_TRUE(PatchTableView::parse(longer).is_error());
}

TEST(PatchTable, parse_refuses_a_header_that_breaks_a_rule)
{
    EXPECT_FALSE(is_refused_after([](PatchHeader&) {}));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.magic ^= 1; }));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.version = 2; }));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.reserved = 1; }));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.site_count = 0xffffffff; }));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.stub_area_size = 60; }));
    EXPECT_TRUE(is_refused_after([](PatchHeader& header) { header.file_size = 0x2fff; }));
}

TEST(PatchTable, parse_refuses_a_site_that_breaks_a_rule)
{
    auto const refused = [](size_t index, auto change) { return is_refused_after(change, index); };
    EXPECT_FALSE(refused(0, [](PatchSite&) {}));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.window_size = 4; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.window_size = 25; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.syscall_offset = 6; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.stub_size = 53; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.fixup_count = 5; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.fixup_count = 0; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.fixups[0] = 9; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.fixups[3] = 1; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.original[6] = 0x0b; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.original[7] = 0x90; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.stub[8] ^= 1; })) << "another return address";
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.stub[16] = 0x10; })) << "another entry";
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.stub[20] = 0x90; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.stub_offset = 8; }));
    EXPECT_TRUE(refused(0, [](PatchSite& site) { site.window_vaddr = kSampleText + 0xffc; }));
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.window_vaddr = kSampleText + 0x14; })) << "overlaps";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.stub_offset = 16; })) << "stubs overlap";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.stub_offset = 112; })) << "past the area";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.stub[3] = 9; }));
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.stub[15] = 0x90; })) << "no syscall before the return address";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.fixups[1] = 21; })) << "fixups overlap";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.fixups[1] = 26; })) << "past the stub";
    EXPECT_TRUE(refused(1, [](PatchSite& site) { site.fixups[0] = 12; })) << "in the entry code";
}

TEST(PatchTable, vaddr_of_covers_the_pages_of_a_segment_only)
{
    auto const bytes = sample_table();
    auto const table = MUST(PatchTableView::parse(bytes));
    EXPECT_EQ(MUST(table.vaddr_of(0x2000)), 0x1000u);
    EXPECT_EQ(MUST(table.vaddr_of(0x2fff)), 0x1fffu);
    EXPECT_TRUE(table.vaddr_of(0x1fff).is_error());
    EXPECT_TRUE(table.vaddr_of(0x3000).is_error());
}

TEST(PatchTable, find_knows_windows_and_stubs)
{
    auto const bytes = sample_table();
    auto const table = MUST(PatchTableView::parse(bytes));
    EXPECT_TRUE(table.find(kSampleText + 0xf).is_error());
    EXPECT_EQ(MUST(table.find(kSampleText + 0x16)).window_vaddr, kSampleText + 0x10);
    EXPECT_TRUE(table.find(kSampleText + 0x17).is_error());
    EXPECT_EQ(MUST(table.find(kSampleText + 0x48)).window_vaddr, kSampleText + 0x40);
    EXPECT_EQ(MUST(table.find_stub(19)).stub_offset, 0u);
    EXPECT_TRUE(table.find_stub(20).is_error());
    EXPECT_EQ(MUST(table.find_stub(60)).stub_offset, 32u);
    EXPECT_TRUE(table.find_stub(61).is_error());
}

TEST(PatchTable, original_vaddr_translates_each_part_of_a_stub)
{
    auto const before = sample_site_before(0x1000, 0);
    EXPECT_EQ(before.original_vaddr(0), 0x1000u);
    EXPECT_EQ(before.original_vaddr(5), 0x1005u);
    EXPECT_EQ(before.original_vaddr(12), 0x1005u);
    auto const after = sample_site_after(0x1000, 0);
    EXPECT_EQ(after.original_vaddr(7), 0x1000u);
    EXPECT_EQ(after.original_vaddr(15), 0x1000u) << "the syscall before the return address";
    EXPECT_EQ(after.original_vaddr(17), 0x1002u);
    EXPECT_EQ(after.original_vaddr(24), 0x1009u);
    EXPECT_EQ(after.original_vaddr(28), 0x1009u);
}

TEST(PatchTable, stub_position_is_where_an_instruction_of_the_window_went)
{
    auto const before = sample_site_before(0x1000, 0);
    EXPECT_EQ(before.stub_position(0x1000), 0u);
    EXPECT_EQ(before.stub_position(0x1005), 5u) << "a restarted call enters the runtime again";
    auto const after = sample_site_after(0x1000, 0);
    EXPECT_EQ(after.stub_position(0x1000), 0u);
    EXPECT_EQ(after.stub_position(0x1002), 17u);
}

} // namespace farl::patch
