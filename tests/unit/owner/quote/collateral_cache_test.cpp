#include "owner/quote/collateral_cache.h"

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
    bool has(std::vector<std::byte> const& fmspc, char const* time)
    {
        try {
            return cache_.get(fmspc, *time_from_text(time)) != nullptr;
        } catch (Refusal const& refusal) {
            EXPECT_EQ(refusal.reason(), RefusalReason::WrongCollateral);
            return false;
        }
    }

    TemporaryDirectory directory_;
    CollateralCache cache_ { directory_.path() };
    std::vector<std::byte> fmspc_ { *bytes_from_hex("00a067110000") };
};

} // namespace

TEST_F(CollateralCacheTest, has_what_is_in_its_directory_while_it_is_valid)
{
    add("one.json");
    std::ofstream(directory_.path() + "/broken.json") << "{}";
    std::ofstream(directory_.path() + "/readme") << "none of it";
    EXPECT_TRUE(has(fmspc_, "2025-07-01T00:00:00Z"));
    EXPECT_TRUE(has(fmspc_, "2025-07-10T00:00:00Z"));
    EXPECT_FALSE(has(*bytes_from_hex("000000000000"), "2025-07-10T00:00:00Z"));
    EXPECT_FALSE(has(fmspc_, "2025-12-01T00:00:00Z")) << "it has ended";
}

TEST_F(CollateralCacheTest, finds_what_comes_later_but_looks_seldom)
{
    EXPECT_FALSE(has(fmspc_, "2025-07-01T00:00:00Z"));
    add("one.json");
    EXPECT_FALSE(has(fmspc_, "2025-07-01T00:00:01Z"));
    EXPECT_TRUE(has(fmspc_, "2025-07-01T00:01:00Z"));
}

TEST_F(CollateralCacheTest, knows_the_platform_that_a_quote_is_from)
{
    std::ifstream file(kVectors / "sgx_quote.bin", std::ios::binary);
    std::string quote { std::istreambuf_iterator<char>(file), {} };
    EXPECT_EQ(claimed_fmspc(parse_quote(std::as_bytes(std::span(quote)))), fmspc_);
}

} // namespace farl::owner
