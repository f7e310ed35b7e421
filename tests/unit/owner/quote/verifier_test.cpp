#include "owner/quote/verifier.h"

#include "owner/digest/digest.h"
#include "owner/quote/emulated_quote.h"
#include "owner/quote/text.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace farl::owner {

namespace {

std::filesystem::path const kVectors = std::filesystem::path(FARL_TEST_VECTORS) / "dcap";

std::string contents(std::filesystem::path const& path)
{
    std::ifstream file(path, std::ios::binary);
    return { std::istreambuf_iterator(file), {} };
}

// A real platform's quote of June 2025, and Intel's collateral for it.
class RealQuote : public testing::Test {
protected:
    void SetUp() override
    {
        if (!std::filesystem::exists(kVectors))
            GTEST_SKIP() << "no test vectors in " << kVectors;
        quote = contents(kVectors / "sgx_quote.bin");
        collateral_text = contents(kVectors / "sgx_quote_collateral.json");
    }

    Verdict verify(Tolerance const& tolerance = {}, std::vector<TrustedRoot> const& roots = { intel_root() }) const
    {
        auto collateral = Collateral::parse(collateral_text);
        return verify_quote(std::as_bytes(std::span(quote)), collateral, *time_from_text(now), tolerance, roots);
    }

    std::string quote;
    std::string collateral_text;
    std::string now { "2025-07-01T00:00:00Z" };
};

} // namespace

TEST_F(RealQuote, is_genuine_while_its_collateral_is_valid)
{
    auto verdict = verify();
    ASSERT_TRUE(verdict.attestation) << verdict.explanation;
    EXPECT_TRUE(verdict.is_acceptable()) << verdict.explanation;
    EXPECT_EQ(verdict.attestation->root, "Intel SGX Root CA");
    EXPECT_EQ(to_hex(verdict.attestation->fmspc), "00a067110000");
    EXPECT_EQ(verdict.attestation->tcb_status, TcbStatus::ConfigurationAndSwHardeningNeeded);
    EXPECT_EQ(verdict.attestation->advisory_ids, (std::vector<std::string> { "INTEL-SA-00289", "INTEL-SA-00615" }));
    EXPECT_EQ(time_as_text(verdict.attestation->valid_until), "2025-07-19T10:01:18Z");
}

TEST_F(RealQuote, is_refused_before_and_after_its_collateral_is_valid)
{
    for (auto const* time : { "2025-06-19T10:00:00Z", "2025-07-19T10:01:19Z", "2060-01-01T00:00:00Z" }) {
        now = time;
        EXPECT_EQ(verify().refusal, RefusalReason::CollateralNotValidNow) << time;
    }
}

TEST_F(RealQuote, is_refused_without_its_root)
{
    auto other = intel_root();
    other.key_hash[31] ^= std::byte { 1 };
    EXPECT_EQ(verify({}, { other }).refusal, RefusalReason::UntrustedRoot);
}

TEST_F(RealQuote, is_refused_as_an_emulators_with_the_emulators_vendor)
{
    std::memcpy(quote.data() + offsetof(sgx::QuoteHeader, qe_vendor_id), sgx::kQeVendorEmulator.data(),
        sgx::kQeVendorEmulator.size());
    EXPECT_EQ(verify().refusal, RefusalReason::EmulatedQuote);
    auto root = intel_root().key_hash;
    EXPECT_FALSE(verify_emulated_quote(std::as_bytes(std::span(quote)), { root }).is_acceptable()) << "nor is it one";
}

TEST_F(RealQuote, of_a_tcb_that_is_not_tolerated_is_genuine_and_refused)
{
    auto verdict = verify({ .tcb = { TcbStatus::UpToDate } });
    EXPECT_TRUE(verdict.attestation);
    EXPECT_EQ(verdict.refusal, RefusalReason::TcbNotTolerated);
    EXPECT_NE(verdict.explanation.find("INTEL-SA-00615"), std::string::npos) << verdict.explanation;
}

TEST_F(RealQuote, is_refused_with_any_byte_missing_or_added)
{
    auto longer = quote + '\0';
    for (size_t size = 0; size <= longer.size(); ++size) {
        if (size != quote.size()) {
            EXPECT_THROW(parse_quote(std::as_bytes(std::span(longer).first(size))), Refusal) << size;
        }
    }
}

TEST_F(RealQuote, is_refused_with_collateral_that_was_changed)
{
    auto whole = collateral_text;
    auto change = [&](char const* from, char const* to) {
        collateral_text = whole;
        auto at = collateral_text.find(from);
        EXPECT_NE(at, std::string::npos);
        collateral_text.replace(at, std::string_view(from).size(), to);
        return verify().refusal;
    };
    EXPECT_EQ(change("2025-07-19T10:56:11Z", "2035-07-19T10:56:11Z"), RefusalReason::InvalidCollateralSignature);
    EXPECT_EQ(change("8C4F5775", "8C4F5774"), RefusalReason::InvalidCollateralSignature);
    EXPECT_EQ(change("ConfigurationAndSWHardeningNeeded", "UpToDate"), RefusalReason::InvalidCollateralSignature);
}

// Each bit on its own, in shards: they take most of a minute.
class RealQuoteWithOneBitChanged : public RealQuote, public testing::WithParamInterface<int> { };

TEST_P(RealQuoteWithOneBitChanged, is_refused)
{
    constexpr size_t kShards = 8;
    auto collateral = Collateral::parse(collateral_text);
    auto time = *time_from_text(now);
    std::vector<TrustedRoot> roots { intel_root() };
    collateral.verify(roots, time);
    for (size_t bit = GetParam(); bit < quote.size() * 8; bit += kShards) {
        quote[bit / 8] ^= static_cast<char>(1 << bit % 8);
        EXPECT_THROW(attest(parse_quote(std::as_bytes(std::span(quote))), collateral, time, roots), Refusal)
            << "bit " << bit;
        quote[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
}

INSTANTIATE_TEST_SUITE_P(shard, RealQuoteWithOneBitChanged, testing::Range(0, 8));

} // namespace farl::owner
