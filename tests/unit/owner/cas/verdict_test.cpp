#include "owner/cas/admission.h"

#include "owner/digest/digest.h"
#include "tests/support/audit_text.h"
#include "tests/unit/owner/launch/temporary_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace farl::owner {

namespace {

using Reason = Denial::Reason;

template <typename Array>
Array filled(uint8_t value)
{
    Array array;
    array.fill(std::byte { value });
    return array;
}

auto const kBound = filled<sgx::ReportData>(9);
auto const kEnclave = filled<Hash>(1), kSigner = filled<Hash>(2), kRoot = filled<Hash>(3);
auto const kPlatform = filled<PlatformId>(4);

sgx::ReportBody report()
{
    return { .mrenclave = kEnclave, .mrsigner = kSigner, .isv_prod_id = 7, .isv_svn = 5, .report_data = kBound };
}

Attestation genuine()
{
    return { .report = report(),
        .root = "Intel SGX Root CA",
        .tcb_status = TcbStatus::UpToDate,
        .ppid = { kPlatform.begin(), kPlatform.end() } };
}

EmulatedAttestation emulated() { return { .report = report(), .root = kRoot, .platform = kPlatform }; }

// Asks for all that there is.
AttestationRule strict()
{
    return { .mrenclaves = { kEnclave },
        .signer = Signer { kSigner, 7, 5 },
        .tcb = { TcbStatus::UpToDate },
        .platforms = { kPlatform } };
}

std::optional<Reason> reason(AttestationRule const& rule, Evidence const& evidence)
{
    auto denial = judge(rule, evidence, kBound);
    return denial ? std::optional(denial->reason) : std::nullopt;
}

// The genuine evidence, changed.
template <typename Change>
std::optional<Reason> reason_after(AttestationRule const& rule, Change const& change)
{
    auto evidence = genuine();
    change(evidence);
    return reason(rule, evidence);
}

} // namespace

TEST(Verdict, lets_in_what_shows_all_that_is_asked_for) { EXPECT_EQ(reason(strict(), genuine()), std::nullopt); }

TEST(Verdict, names_what_does_not_match)
{
    auto rule = strict();
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.report.mrenclave[31] ^= std::byte { 1 }; }), Reason::WrongEnclave);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.report.mrsigner[0] ^= std::byte { 128 }; }), Reason::WrongSigner);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.report.isv_prod_id = 8; }), Reason::WrongProduct);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.report.isv_svn = 4; }), Reason::EnclaveTooOld);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.report.isv_svn = 6; }), std::nullopt);
    EXPECT_EQ(
        reason_after(rule, [](auto& e) { e.tcb_status = TcbStatus::SwHardeningNeeded; }), Reason::TcbNotTolerated);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.ppid[0] = std::byte { 0 }; }), Reason::UnknownPlatform);
    EXPECT_EQ(reason_after(rule, [](auto& e) { e.ppid.clear(); }), Reason::UnknownPlatform);
    EXPECT_EQ(
        reason_after(rule, [](auto& e) { e.report.attributes.flags |= sgx::kAttributeDebug; }), Reason::DebugEnclave);
}

TEST(Verdict, needs_evidence_that_was_made_for_this_connection)
{
    for (size_t i = 0; i < kBound.size(); ++i)
        EXPECT_EQ(
            reason_after(strict(), [&](auto& e) { e.report.report_data[i] ^= std::byte { 1 }; }), Reason::NotBound);
    auto old = emulated();
    old.report.report_data = {};
    auto rule = strict();
    rule.emulated.any = true;
    EXPECT_EQ(reason(rule, old), Reason::NotBound);
}

TEST(Verdict, asks_for_what_the_rule_gives_only)
{
    AttestationRule signer { .signer = Signer { kSigner, 7, 5 }, .tcb = { TcbStatus::UpToDate } };
    EXPECT_EQ(reason_after(signer, [](auto& e) { e.report.mrenclave = {}; }), std::nullopt);
    AttestationRule enclave { .mrenclaves = { kEnclave, kSigner }, .tcb = { TcbStatus::UpToDate } };
    EXPECT_EQ(reason_after(enclave, [](auto& e) { e.report.mrsigner = {}; }), std::nullopt);
    EXPECT_EQ(reason_after(enclave, [](auto& e) { e.report.mrenclave = kSigner; }), std::nullopt);
    auto debug = strict();
    debug.allows_debug = true;
    EXPECT_EQ(reason_after(debug, [](auto& e) { e.report.attributes.flags |= sgx::kAttributeDebug; }), std::nullopt);
}

TEST(Verdict, tolerates_emulators_by_name_only)
{
    auto rule = strict();
    EXPECT_EQ(reason(rule, emulated()), Reason::EmulatorNotTolerated);
    rule.tcb = { TcbStatus::UpToDate, TcbStatus::OutOfDate, TcbStatus::OutOfDateConfigurationNeeded };
    rule.allows_debug = true;
    rule.platforms.clear();
    EXPECT_EQ(reason(rule, emulated()), Reason::EmulatorNotTolerated) << "whatever else is tolerated";

    rule = strict();
    rule.emulated.roots = { kSigner };
    EXPECT_EQ(reason(rule, emulated()), Reason::EmulatorNotTolerated) << "another machine's emulator";
    rule.emulated.roots = { kRoot };
    EXPECT_EQ(reason(rule, emulated()), std::nullopt);
    rule.emulated = { .any = true };
    EXPECT_EQ(reason(rule, emulated()), std::nullopt);
    auto other = emulated();
    other.platform = {};
    EXPECT_EQ(reason(rule, other), Reason::UnknownPlatform);
    other = emulated();
    other.report.mrenclave = {};
    EXPECT_EQ(reason(rule, other), Reason::WrongEnclave);
}

TEST(RateLimiter, limits_each_name_apart)
{
    RateLimiter limiter({ .burst = 3, .per_second = 2 });
    RateLimiter::Time start {};
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(limiter.admit("a", start));
    EXPECT_FALSE(limiter.admit("a", start));
    EXPECT_TRUE(limiter.admit("b", start));
    auto later = start + std::chrono::milliseconds(500);
    EXPECT_TRUE(limiter.admit("a", later));
    EXPECT_FALSE(limiter.admit("a", later));
    auto much_later = start + std::chrono::hours(1);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(limiter.admit("a", much_later));
    EXPECT_FALSE(limiter.admit("a", much_later)) << "what was not used is not saved up";
}

TEST(RateLimiter, stays_bounded_whatever_names_there_are)
{
    RateLimiter limiter({ .burst = 2, .per_second = 1 });
    RateLimiter::Time start {};
    size_t admitted = 0;
    for (int i = 0; i < 10'000; ++i)
        admitted += limiter.admit(std::to_string(i), start);
    EXPECT_EQ(admitted, 4096u + 2) << "those beyond share one";
    EXPECT_TRUE(limiter.admit("late", start + std::chrono::seconds(2)));
    EXPECT_TRUE(limiter.admit("later", start + std::chrono::seconds(2)));
    EXPECT_TRUE(limiter.admit("latest", start + std::chrono::seconds(2))) << "room was made";
}

class AdmissionTest : public testing::Test {
protected:
    AdmissionTest()
    {
        store_.put(Secret(fmt::format(
                       "farl: 1\nname: shop\nsecrets: {{ a: {{ kind: given, value: hunter2 }} }}\nservices:\n  front:\n"
                       "    argv: [ true ]\n    attestation: {{ mrenclave: [ {} ] }}\n",
                       to_hex(kEnclave))),
            kSigner, {});
    }

    std::optional<Reason> decide(
        Evidence const& evidence, std::string const& session = "shop", std::string const& service = "front")
    {
        auto admitted = admission_.decide({ session, service, "192.0.2.1", evidence, kBound }, {});
        auto const* denial = std::get_if<Denial>(&admitted);
        return denial ? std::optional(denial->reason) : std::nullopt;
    }

    std::string log() const
    {
        auto text = audit_text(store_);
        verify_audit(text);
        return text;
    }

    TemporaryDirectory directory_;
    Store store_ { directory_.path() + "/cas.db", MasterKey::generate() };
    Admission admission_ { store_, { .burst = 5, .per_second = 1 } };
};

TEST_F(AdmissionTest, records_each_verdict_with_its_reason_and_no_secret)
{
    EXPECT_EQ(decide(genuine()), std::nullopt);
    EXPECT_EQ(decide(emulated()), Reason::EmulatorNotTolerated);
    EXPECT_EQ(decide(genuine(), "shop", "back"), Reason::NoSuchService);
    EXPECT_EQ(decide(genuine(), "absent"), Reason::NoSuchService);
    auto text = log();
    EXPECT_NE(text.find(R"("event":"enclave allowed","session":"shop","service":"front","mrenclave":"0101)"), text.npos)
        << text;
    EXPECT_NE(text.find(R"("reason":"emulator-not-tolerated")"), text.npos) << text;
    EXPECT_NE(text.find(R"("session":"absent")"), text.npos) << text;
    EXPECT_EQ(text.find("hunter2"), text.npos);
}

TEST_F(AdmissionTest, decides_and_records_no_more_than_the_rate_allows)
{
    auto before = log().size();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(decide(genuine(), std::string(100'000, 'x')), Reason::NoSuchService);
    EXPECT_EQ(decide(genuine(), std::string(100'000, 'x')), Reason::TooManyAttempts);
    EXPECT_LT(log().size(), before + 5 * 1000);
    EXPECT_EQ(decide(genuine()), std::nullopt) << "another session has a rate of its own";
}

TEST_F(AdmissionTest, takes_any_bytes_for_names)
{
    EXPECT_EQ(decide(genuine(), "\xff\xfe\n\"', DROP TABLE", std::string("\0", 1)), Reason::NoSuchService);
    EXPECT_EQ(verify_audit(log()).entries, 2u);
}

} // namespace farl::owner
