#include "owner/quote/collateral_cache.h"

#include "owner/digest/hexadecimal.h"
#include "owner/quote/refusal.h"
#include "owner/quote/text.h"
#include "owner/quote/verifier.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

std::filesystem::path const kVectors = std::filesystem::path(FARL_TEST_VECTORS) / "dcap";

class CollateralCacheTest : public testing::Test {
protected:
    void SetUp() override
    {
        if (!std::filesystem::exists(kVectors))
            GTEST_SKIP() << "no test vectors in " << kVectors;
    }
    void add(char const* name)
    {
        std::filesystem::copy_file(kVectors / "sgx_quote_collateral.json", directory_.path() + "/" + name);
    }
    bool has(PlatformFamily const& family, char const* time)
    {
        try {
            return cache_.get(family, *time_from_text(time)) != nullptr;
        } catch (Refusal const& refusal) {
            EXPECT_TRUE(refusal.reason() == RefusalReason::NoCollateral
                || refusal.reason() == RefusalReason::CollateralNotValidNow);
            return false;
        }
    }

    TemporaryDirectory directory_;
    CollateralCache cache_ { directory_.path() };
    PlatformFamily family_ { *bytes_from_hex("00a067110000"), PckAuthority::Processor };
};

} // namespace

TEST_F(CollateralCacheTest, has_what_is_in_its_directory_while_it_is_valid)
{
    add("one.json");
    std::ofstream(directory_.path() + "/broken.json") << "{}";
    std::ofstream(directory_.path() + "/readme") << "none of it";
    EXPECT_TRUE(has(family_, "2025-07-01T00:00:00Z"));
    EXPECT_TRUE(has(family_, "2025-07-10T00:00:00Z"));
    EXPECT_FALSE(has({ *bytes_from_hex("000000000000"), PckAuthority::Processor }, "2025-07-10T00:00:00Z"));
    EXPECT_FALSE(has(family_, "2025-12-01T00:00:00Z")) << "it has ended";
}

TEST_F(CollateralCacheTest, finds_what_comes_later_but_looks_seldom)
{
    EXPECT_FALSE(has(family_, "2025-07-01T00:00:00Z"));
    add("one.json");
    EXPECT_FALSE(has(family_, "2025-07-01T00:00:01Z"));
    EXPECT_TRUE(has(family_, "2025-07-01T00:01:00Z"));
}

TEST_F(CollateralCacheTest, knows_the_platform_that_a_quote_is_from)
{
    std::ifstream file(kVectors / "sgx_quote.bin", std::ios::binary);
    std::string quote { std::istreambuf_iterator<char>(file), {} };
    EXPECT_EQ(claimed_family(parse_quote(std::as_bytes(std::span(quote)))), family_);
}

} // namespace farl::owner
