// EREPORT and EGETKEY, executed by an enclave.
#include "abi/sgx/enclu.h"
#include "host/platform/emulator/attestation.h"
#include "tests/platform/test_enclave.h"

#include <cstring>
#include <gtest/gtest.h>

namespace farl::host {

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
// In the enclave's data, where the emulator's host may look.
constexpr uint64_t kTarget = TestEnclave::kBase + TestEnclave::kData;
constexpr uint64_t kReportData = kTarget + 512;
constexpr uint64_t kReport = kTarget + 1024;
constexpr uint64_t kKey = kReport + 512;

template <typename T>
T& at(uint64_t address)
{
    return *reinterpret_cast<T*>(address);
}

Call leaf(Enclave& enclave, sgx::EncluLeaf leaf, uint64_t rbx, uint64_t rcx, uint64_t rdx = 0, uint64_t tcs = kTcs)
{
    return call(enclave, tcs, Command::Attest, static_cast<uint64_t>(leaf), rbx, rcx, rdx);
}

void expect_fault(Call const& call, uint8_t vector)
{
    EXPECT_EQ(call.outcome.kind, Outcome::Kind::Exception);
    EXPECT_EQ(call.outcome.vector, vector);
}

} // namespace

TEST(Attestation, an_enclave_reports_itself_and_its_target_can_tell)
{
    auto enclave = TestEnclave::make();
    at<sgx::TargetInfo>(kTarget) = target_info(enclave->secs());
    at<sgx::ReportData>(kReportData) = { std::byte { 42 } };
    auto done = leaf(*enclave, sgx::EncluLeaf::Ereport, kTarget, kReportData, kReport);
    ASSERT_EQ(done.outcome.kind, Outcome::Kind::Exit);

    auto report = at<sgx::Report>(kReport);
    EXPECT_EQ(report.body.mrenclave, enclave->secs().mrenclave);
    EXPECT_EQ(report.body.report_data[0], std::byte { 42 });

    at<sgx::KeyRequest>(kTarget) = { .key_name = sgx::KeyName::Report, .key_id = report.key_id };
    done = leaf(*enclave, sgx::EncluLeaf::Egetkey, kTarget, kKey);
    ASSERT_EQ(done.outcome.kind, Outcome::Kind::Exit);
    EXPECT_EQ(done.registers.rdi, 0u) << "RAX";
    EXPECT_EQ(done.registers.rsi & 0x40, 0u) << "ZF";
    EXPECT_EQ(cmac(at<Key>(kKey), std::as_bytes(std::span(&report.body, 1))), report.mac);
}

TEST(Attestation, a_key_that_is_not_given_sets_the_zero_flag_and_says_why)
{
    auto enclave = TestEnclave::make();
    at<sgx::KeyRequest>(kTarget) = { .key_name = sgx::KeyName::Provision };
    at<Key>(kKey) = { std::byte { 5 } };
    auto done = leaf(*enclave, sgx::EncluLeaf::Egetkey, kTarget, kKey);
    ASSERT_EQ(done.outcome.kind, Outcome::Kind::Exit);
    EXPECT_EQ(done.registers.rdi, static_cast<uint64_t>(KeyStatus::InvalidAttribute));
    EXPECT_EQ(done.registers.rsi & 0x40, 0x40u);
    EXPECT_EQ(at<Key>(kKey), Key { std::byte { 5 } });
}

TEST(Attestation, operands_that_the_manual_forbids_fault)
{
    auto enclave = TestEnclave::make();
    auto outside = reinterpret_cast<uint64_t>(&kTcs) & ~511ull;
    auto ereport = [&](uint64_t tcs, uint64_t target, uint64_t report) {
        return leaf(*enclave, sgx::EncluLeaf::Ereport, target, kReportData, report, TestEnclave::tcs(tcs));
    };
    // Each on a TCS of its own: a fault leaves its state in the SSA.
    expect_fault(ereport(0, kTarget + 8, kReport), sgx::kVectorGp);
    expect_fault(ereport(1, kTarget, outside), sgx::kVectorGp);
    expect_fault(ereport(2, kTarget, TestEnclave::kBase), sgx::kVectorPf);
    expect_fault(ereport(3, TestEnclave::tcs(0), kReport), sgx::kVectorPf);
}

} // namespace farl::host
