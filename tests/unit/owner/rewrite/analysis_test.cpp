#include "tests/unit/owner/rewrite/analysed_sites.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using patch::PatchSite;
using patch::SkipReason;

class AnalysisTest : public testing::Test {
protected:
    static void SetUpTestSuite() { sites_ = new AnalysedSites; }
    static void TearDownTestSuite() { delete std::exchange(sites_, nullptr); }

    static AnalysedSites const& sites() { return *sites_; }

    // Where a displacement of the stub leads, with the stub at the window.
    static uint64_t target_of(PatchSite const& site, size_t fixup)
    {
        int32_t displacement;
        std::memcpy(&displacement, site.stub + site.fixups[fixup], sizeof(displacement));
        return site.window_vaddr + site.fixups[fixup] + 4 + static_cast<uint64_t>(int64_t { displacement });
    }

private:
    static inline AnalysedSites* sites_ = nullptr;
};

} // namespace

TEST_F(AnalysisTest, prefers_the_window_that_ends_at_the_syscall)
{
    for (auto const* name :
        { "number_before", "operand_before", "register_before", "frame_ends_at_site", "two_sites" }) {
        auto const site = sites().patched(name);
        ASSERT_TRUE(site) << name;
        EXPECT_TRUE(site->returns_to_text()) << name;
        EXPECT_EQ(site->window_vaddr, sites().address_of(name)) << name;
    }
}

TEST_F(AnalysisTest, moves_an_operand_relative_to_rip)
{
    auto const site = sites().patched("operand_before");
    ASSERT_TRUE(site);
    EXPECT_EQ(site->fixup_count, 2);
    EXPECT_EQ(target_of(*site, 0), sites().address_of("number"));
    EXPECT_EQ(target_of(*site, 1), site->window_end());
}

TEST_F(AnalysisTest, counts_a_constant_behind_the_displacement)
{
    auto const site = sites().patched("constant_behind_operand");
    ASSERT_TRUE(site);
    EXPECT_EQ(target_of(*site, 0) + sizeof(uint32_t), sites().address_of("number"));
}

TEST_F(AnalysisTest, a_loop_to_the_syscall_keeps_it_at_the_begin_of_its_window)
{
    auto const site = sites().patched("loop_to_site");
    ASSERT_TRUE(site);
    EXPECT_EQ(site->syscall_offset, 0);
    EXPECT_FALSE(site->returns_to_text());
    EXPECT_EQ(site->stub[17 + 4], 0xe9) << "after the comparison, a jump back";
    EXPECT_EQ(target_of(*site, 0), site->window_end());
}

TEST_F(AnalysisTest, nothing_follows_a_return)
{
    auto const site = sites().patched("short_function");
    ASSERT_TRUE(site);
    EXPECT_EQ(site->window_size, 5);
    EXPECT_EQ(site->stub_size, 2 + patch::kReturnOffset + 1);
    EXPECT_EQ(site->stub[site->stub_size - 1], 0xc3);
}

TEST_F(AnalysisTest, short_branches_become_long_ones)
{
    auto const jump = sites().patched("short_jump_after");
    ASSERT_TRUE(jump);
    EXPECT_EQ(jump->stub[1 + 17], 0xe9);
    EXPECT_EQ(target_of(*jump, 0), sites().address_of("number_before"));
    EXPECT_EQ(jump->stub_size, 1 + 17 + 5) << "no jump back";

    auto const condition = sites().patched("short_condition_after");
    ASSERT_TRUE(condition);
    EXPECT_EQ(condition->stub[1 + 17], 0x0f);
    EXPECT_EQ(condition->stub[1 + 18], 0x88) << "js";
    EXPECT_EQ(target_of(*condition, 0), sites().address_of("short_condition_after") + 6);
    EXPECT_EQ(target_of(*condition, 1), condition->window_end());
}

TEST_F(AnalysisTest, moves_what_follows_a_syscall_at_the_begin_of_a_function)
{
    auto const site = sites().patched("operand_after");
    ASSERT_TRUE(site);
    EXPECT_EQ(target_of(*site, 0), sites().address_of("number"));
    EXPECT_EQ(target_of(*site, 1), sites().address_of("operand_after") + 9);
}

TEST_F(AnalysisTest, respects_what_may_be_jumped_to)
{
    for (auto const* name : { "loop_into_every_window", "switch_to_site", "pointer_to_site", "landing_pad_at_site" })
        EXPECT_EQ(sites().skipped(name), SkipReason::BranchTarget) << name;
    auto const marked = sites().patched("branch_mark_at_site");
    ASSERT_TRUE(marked);
    EXPECT_EQ(marked->window_vaddr, sites().site_address("branch_mark_at_site") - 4) << "begins at the endbr64";
    EXPECT_FALSE(marked->returns_to_text()) << "the jump covers the syscall";
    EXPECT_EQ(target_of(*marked, 0), marked->window_end());
}

TEST_F(AnalysisTest, leaves_alone_what_cannot_move)
{
    EXPECT_EQ(sites().skipped("calls_around"), SkipReason::NotRelocatable);
    EXPECT_EQ(sites().skipped("relocated_before"), SkipReason::Relocated);
    EXPECT_EQ(sites().skipped("signal_return"), SkipReason::SignalReturn);
    EXPECT_EQ(sites().skipped("two_sites", "second_site"), SkipReason::Overlap);
}

TEST_F(AnalysisTest, finds_code_between_functions_but_not_constants)
{
    EXPECT_TRUE(sites().patched("between_functions"));
    std::vector<uint64_t> const constants { sites().site_address("constants"),
        sites().site_address("unsized_constants") };
    EXPECT_EQ(sites().unproven(), constants);
    EXPECT_EQ(sites().table().site_count() + sites().table().skipped_count(), 21u);
}

TEST_F(AnalysisTest, works_without_sections)
{
    auto file = sites().file();
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof(header));
    header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
    std::memcpy(file.data(), &header, sizeof(header));
    auto const analysis = MUST(analyse(file));
    auto const table = MUST(patch::PatchTableView::parse(analysis.table));
    EXPECT_EQ(
        MUST(table.find(sites().site_address("operand_before"))).window_vaddr, sites().address_of("operand_before"));
    EXPECT_TRUE(table.find(sites().site_address("pointer_to_site")).is_error());
    EXPECT_TRUE(table.find(sites().site_address("between_functions")).is_error()) << "nothing proves that it is code";
}

TEST_F(AnalysisTest, refuses_what_is_no_program_for_this_machine)
{
    EXPECT_EQ(analyse({}).error(), Errno::Enoexec);
    for (size_t const at : { 0, EI_CLASS, EI_DATA, 16, 18, 54 }) {
        auto file = sites().file();
        file[at] = std::byte { 0x7e };
        EXPECT_TRUE(analyse(file).is_error()) << at;
    }
}

TEST_F(AnalysisTest, survives_every_truncation_of_the_headers)
{
    auto const& file = sites().file();
    for (size_t size = 0; size < file.size(); size += size < 1024 ? 1 : 61) {
        // A copy of its own, so that a sanitizer sees a read past the end.
        std::vector<std::byte> const shorter(file.begin(), file.begin() + static_cast<ptrdiff_t>(size));
        (void)analyse(shorter);
    }
}

TEST_F(AnalysisTest, survives_damage_everywhere)
{
    static constexpr int kValues[] { 0x00, 0x7f, 0xff };
    for (size_t at = 0; at < sites().file().size(); ++at) {
        if (sites().file()[at] == std::byte {} && at % 7 != 0)
            continue;
        auto file = sites().file();
        file[at] = std::byte(kValues[at % 3]);
        auto const analysis = analyse(file);
        ASSERT_TRUE(analysis.is_ok() || analysis.error() == Errno::Enoexec || analysis.error() == Errno::Einval) << at;
    }
}

} // namespace farl::owner
