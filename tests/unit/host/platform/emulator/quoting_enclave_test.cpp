#include "host/platform/emulator/quoting_enclave.h"

#include "host/platform/emulator/attestation.h"
#include "host/platform/emulator/quoting_chain.h"
#include "owner/quote/emulated_quote.h"

#include <gtest/gtest.h>

namespace farl::host {

namespace {

PlatformKeys const kKeys { PlatformSecret { std::byte { 1 } } };
PlatformKeys const kOtherKeys { PlatformSecret { std::byte { 2 } } };

sgx::Report report_for(sgx::TargetInfo const& target, PlatformKeys const& keys = kKeys, uint64_t more_flags = 0)
{
    sgx::Secs secs;
    secs.mrenclave = { std::byte { 3 } };
    secs.mrsigner = { std::byte { 4 } };
    secs.isv_svn = 5;
    secs.attributes = { sgx::kAttributeInit | sgx::kAttributeMode64Bit | more_flags, sgx::kXfrmLegacy };
    return ereport(keys, secs, target, { std::byte { 6 } });
}

std::vector<std::byte> sample_quote() { return MUST(quote_of(kKeys, report_for(quoting_target()))); }

} // namespace

TEST(QuotingEnclave, quotes_what_the_report_says)
{
    auto quote = sample_quote();
    auto parsed = owner::parse_quote(quote);
    EXPECT_EQ(parsed.header.version, 3);
    EXPECT_NE(parsed.header.qe_vendor_id, sgx::kQeVendorIntel);

    auto attestation = owner::attest_emulated(parsed);
    EXPECT_EQ(attestation.report.mrenclave, sgx::Hash { std::byte { 3 } });
    EXPECT_EQ(attestation.report.isv_svn, 5);
    EXPECT_EQ(attestation.report.report_data, sgx::ReportData { std::byte { 6 } });
    EXPECT_EQ(attestation.root, quoting_root(kKeys));
}

TEST(QuotingEnclave, is_the_same_at_each_start_of_a_machine_and_another_one_elsewhere)
{
    auto first = sample_quote(), second = sample_quote();
    auto there = MUST(quote_of(kOtherKeys, report_for(quoting_target(), kOtherKeys)));
    auto of = [](std::vector<std::byte> const& quote) { return owner::attest_emulated(owner::parse_quote(quote)); };
    EXPECT_EQ(of(first).root, of(second).root);
    EXPECT_EQ(of(first).platform, of(second).platform);
    EXPECT_NE(of(first).root, of(there).root);
    EXPECT_NE(of(first).platform, of(there).platform);
}

TEST(QuotingEnclave, refuses_reports_of_another_machine)
{
    EXPECT_EQ(quote_of(kKeys, report_for(quoting_target(), kOtherKeys)).error(), Errno::Eacces);
}

TEST(QuotingEnclave, refuses_reports_for_another_enclave)
{
    auto target = quoting_target();
    target.measurement[0] ^= std::byte { 1 };
    EXPECT_EQ(quote_of(kKeys, report_for(target)).error(), Errno::Eacces);
}

TEST(QuotingEnclave, refuses_reports_with_any_bit_changed)
{
    auto const report = report_for(quoting_target());
    for (size_t bit = 0; bit < sizeof(report) * 8; ++bit) {
        auto changed = report;
        std::as_writable_bytes(std::span(&changed, 1))[bit / 8] ^= std::byte(1 << bit % 8);
        EXPECT_TRUE(quote_of(kKeys, changed).is_error()) << bit;
    }
}

TEST(EmulatedQuote, is_acceptable_to_who_names_its_root)
{
    auto quote = sample_quote();
    EXPECT_TRUE(owner::verify_emulated_quote(quote, { quoting_root(kKeys) }).is_acceptable());
    auto verdict = owner::verify_emulated_quote(quote, { quoting_root(kOtherKeys) });
    EXPECT_EQ(verdict.refusal, owner::RefusalReason::EmulatedQuote);
    EXPECT_TRUE(verdict.emulated) << "told as what it is";

    auto debug = MUST(quote_of(kKeys, report_for(quoting_target(), kKeys, sgx::kAttributeDebug)));
    EXPECT_EQ(owner::verify_emulated_quote(debug, { quoting_root(kKeys) }).refusal, owner::RefusalReason::DebugEnclave);
    EXPECT_TRUE(owner::verify_emulated_quote(debug, { quoting_root(kKeys) }, true).is_acceptable());
}

TEST(EmulatedQuote, is_refused_with_any_byte_missing_or_added)
{
    auto quote = sample_quote();
    std::set<sgx::Hash> const roots { quoting_root(kKeys) };
    for (size_t size = 0; size < quote.size(); ++size)
        EXPECT_FALSE(owner::verify_emulated_quote(owner::Bytes(quote).first(size), roots).is_acceptable()) << size;
    quote.push_back({});
    EXPECT_FALSE(owner::verify_emulated_quote(quote, roots).is_acceptable());
}

// In parts, which run side by side.
class EmulatedQuoteWithOneBitChanged : public testing::TestWithParam<size_t> { };

TEST_P(EmulatedQuoteWithOneBitChanged, is_refused)
{
    constexpr size_t kParts = 8;
    auto quote = sample_quote();
    std::set<sgx::Hash> const roots { quoting_root(kKeys) };
    for (size_t bit = GetParam(); bit < quote.size() * 8; bit += kParts) {
        quote[bit / 8] ^= std::byte(1 << bit % 8);
        EXPECT_FALSE(owner::verify_emulated_quote(quote, roots).is_acceptable()) << bit;
        quote[bit / 8] ^= std::byte(1 << bit % 8);
    }
    EXPECT_TRUE(owner::verify_emulated_quote(quote, roots).is_acceptable());
}

INSTANTIATE_TEST_SUITE_P(Parts, EmulatedQuoteWithOneBitChanged, testing::Range<size_t>(0, 8));

} // namespace farl::host
