#include "owner/rewrite/go_functions.h"
#include "tests/unit/owner/rewrite/analysed_sites.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

size_t offset_of_table(ElfImage const& image)
{
    return MUST([&]() -> Result<size_t> {
        auto const* section = image.section_named(".gopclntab");
        return section ? Result<size_t>(section->header.sh_offset) : Errno::Enoent;
    }());
}

} // namespace

TEST(GoFunctions, prove_the_code_of_a_stripped_program)
{
    auto const analysis = MUST(analyse(contents_of(FARL_TEST_GO_SITES)));
    auto const table = MUST(patch::PatchTableView::parse(analysis.table));
    EXPECT_EQ(table.site_count(), 2u);
    EXPECT_EQ(analysis.unproven.size(), 1u) << "behind the last function";
}

TEST(GoFunctions, of_an_unknown_version_prove_nothing)
{
    auto file = contents_of(FARL_TEST_GO_SITES);
    file[offset_of_table(MUST(ElfImage::parse(file)))] = std::byte { 0xf7 };
    auto const analysis = MUST(analyse(file));
    EXPECT_EQ(MUST(patch::PatchTableView::parse(analysis.table)).site_count(), 0u);
}

TEST(GoFunctions, survive_every_damage_of_the_table)
{
    auto const original = contents_of(FARL_TEST_GO_SITES);
    auto const begin = offset_of_table(MUST(ElfImage::parse(original)));
    for (size_t at = begin; at < begin + 100 && at < original.size(); ++at) {
        for (auto const value : { 0x01, 0x7f, 0xff }) {
            auto file = original;
            file[at] = std::byte(value);
            EXPECT_TRUE(analyse(file).is_ok()) << at;
        }
    }
}

} // namespace farl::owner
