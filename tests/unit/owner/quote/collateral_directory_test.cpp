#include "owner/digest/hexadecimal.h"
#include "owner/quote/collateral_cache.h"
#include "owner/quote/refusal.h"
#include "tests/support/synthetic_collateral.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <gtest/gtest.h>

namespace farl::owner {

namespace {

constexpr time_t kHour = 3600, kDay = 24 * kHour, kNow = 1'800'000'000;

class CollateralDirectoryTest : public testing::Test {
protected:
    std::string kept(SyntheticPcs const& pcs, SyntheticPcs::Issue const& issue, time_t now = kNow)
    {
        try {
            directory_.keep(pcs.collateral(issue), now);
            return "kept";
        } catch (Refusal const& refusal) {
            return name_of(refusal.reason());
        }
    }
    // A cache as a verifier has it. What it knows of the platform: the number, or why nothing.
    static std::string known(CollateralCache& cache, PlatformFamily const& family, time_t now)
    {
        try {
            return std::to_string(cache.get(family, now)->tcb_info().evaluation_number);
        } catch (Refusal const& refusal) {
            return name_of(refusal.reason());
        }
    }

    SyntheticPcs pcs_ { kNow };
    TemporaryDirectory files_;
    CollateralDirectory directory_ { files_.path(), { pcs_.root() } };
    PlatformFamily family_ { *bytes_from_hex("112233445566"), PckAuthority::Platform };
    SyntheticPcs::Issue issue_ { .issued = kNow - kDay, .lists_issued = kNow - kDay };
};

} // namespace

TEST_F(CollateralDirectoryTest, keeps_what_is_genuine_and_valid_now)
{
    EXPECT_EQ(kept(SyntheticPcs(kNow), issue_), "untrusted-root");
    EXPECT_EQ(kept(pcs_, issue_, kNow - 2 * kDay), "collateral-not-valid-now");
    EXPECT_EQ(kept(pcs_, issue_, kNow + 30 * kDay), "collateral-not-valid-now");
    EXPECT_TRUE(directory_.files().empty());
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    ASSERT_EQ(directory_.files().size(), 1u);
    EXPECT_EQ(directory_.files()[0].filename(), "112233445566-platform.json");
    EXPECT_EQ(directory_.load(family_).tcb_info().evaluation_number, 10u);
}

TEST_F(CollateralDirectoryTest, never_goes_back)
{
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    EXPECT_EQ(kept(pcs_, issue_), "kept") << "the same again";
    auto older = issue_;
    older.evaluation_number = 9;
    EXPECT_EQ(kept(pcs_, older), "older-collateral");
    older.issued += kHour;
    EXPECT_EQ(kept(pcs_, older), "older-collateral") << "issued later, for an earlier recovery";
    older = issue_;
    older.issued -= kHour;
    EXPECT_EQ(kept(pcs_, older), "older-collateral");
    older = issue_;
    older.lists_issued -= kHour;
    EXPECT_EQ(kept(pcs_, older), "older-collateral");
    EXPECT_EQ(kept(pcs_, { 11, kNow - kHour, kNow - kHour }), "kept");
    EXPECT_EQ(directory_.load(family_).tcb_info().evaluation_number, 11u);
    EXPECT_EQ(kept(pcs_, issue_), "older-collateral");
}

TEST_F(CollateralDirectoryTest, replaces_what_is_damaged_or_nobody_signed)
{
    files_.write("112233445566-platform.json", "{");
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    files_.write("112233445566-platform.json", SyntheticPcs(kNow).collateral({ 99, kNow, kNow }));
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    EXPECT_EQ(directory_.load(family_).tcb_info().evaluation_number, 10u);
}

TEST_F(CollateralDirectoryTest, has_one_file_for_each_authority)
{
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    SyntheticPcs processors(kNow, "Intel SGX PCK Processor CA"), others(kNow, "Another CA");
    CollateralDirectory(files_.path(), { processors.root() }).keep(processors.collateral(issue_), kNow);
    EXPECT_EQ(directory_.files().size(), 2u);
    EXPECT_EQ(kept(others, issue_), "malformed-collateral");
}

TEST_F(CollateralDirectoryTest, a_verifier_uses_what_is_there_and_says_what_is_missing)
{
    CollateralCache cache(files_.path(), { pcs_.root() });
    EXPECT_EQ(known(cache, family_, kNow), "no-collateral");
    EXPECT_EQ(kept(pcs_, issue_), "kept");
    EXPECT_EQ(known(cache, family_, kNow + 60), "10");
    EXPECT_EQ(known(cache, { family_.fmspc, PckAuthority::Processor }, kNow + 120), "no-collateral");
    EXPECT_EQ(kept(pcs_, { 11, kNow, kNow }), "kept");
    EXPECT_EQ(known(cache, family_, kNow + kHour), "11") << "it looks for what is newer";
    EXPECT_EQ(known(cache, family_, kNow + 31 * kDay), "collateral-not-valid-now");
}

} // namespace farl::owner
