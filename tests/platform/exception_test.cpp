// Faults in the enclave: AEX, what the launcher and the exception entry see, ERESUME.
#include "abi/sgx/enclu.h"
#include "tests/platform/test_enclave.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

using Kind = Outcome::Kind;

namespace {

constexpr uint64_t kTcs = TestEnclave::kBase + TestEnclave::kFirstTcs;
constexpr uint64_t kUnmapped = TestEnclave::kBase + 0xC000;

// What the exception entry read from SSA[0].
struct Report {
    uint32_t exit_info;
    uint64_t address;
    uint64_t rip;
    uint32_t error_code;
};

Report skip(Enclave& enclave, uint64_t instruction_size)
{
    auto handled = enter(enclave, kTcs, EntryLeaf::Enter, { .rsi = instruction_size });
    EXPECT_EQ(handled.outcome.kind, Kind::Exit);
    auto const& registers = handled.registers;
    return { static_cast<uint32_t>(registers.rdi), registers.rdx, registers.r8, static_cast<uint32_t>(registers.r9) };
}

struct Case {
    char const* name;
    Command command;
    uint64_t argument;
    uint64_t instruction_size;
    uint8_t vector;
    sgx::ExitType type;
};

class Exception : public testing::TestWithParam<Case> {
protected:
    Owned<Enclave> enclave_ { TestEnclave::make() };
};

INSTANTIATE_TEST_SUITE_P(Vector, Exception,
    testing::Values(Case { "ud", Command::RaiseUd, 0, 2, sgx::kVectorUd, sgx::ExitType::Hardware },
        Case { "pf_read", Command::RaisePfRead, kUnmapped, 3, sgx::kVectorPf, sgx::ExitType::Hardware },
        Case { "pf_write", Command::RaisePfWrite, TestEnclave::kBase, 3, sgx::kVectorPf, sgx::ExitType::Hardware },
        Case { "gp", Command::RaiseGp, 1ull << 63, 3, sgx::kVectorGp, sgx::ExitType::Hardware },
        Case { "de", Command::RaiseDe, 0, 2, sgx::kVectorDe, sgx::ExitType::Hardware },
        Case { "bp", Command::RaiseBp, 0, 1, sgx::kVectorBp, sgx::ExitType::Software },
        Case { "xm", Command::RaiseXm, 0, 4, sgx::kVectorXm, sgx::ExitType::Hardware },
        Case { "mf", Command::RaiseMf, 0, 1, sgx::kVectorMf, sgx::ExitType::Hardware },
        Case { "ac", Command::RaiseAc, 0, 5, sgx::kVectorAc, sgx::ExitType::Hardware },
        Case { "syscall", Command::Syscall, SYS_getpid, 2, sgx::kVectorUd, sgx::ExitType::Hardware }),
    [](auto const& info) { return info.param.name; });

} // namespace

TEST_P(Exception, reaches_the_launcher_and_the_exception_entry_and_resumes_where_that_says)
{
    auto const& expected = GetParam();
    auto raised = call(*enclave_, kTcs, expected.command, expected.argument);
    ASSERT_EQ(raised.outcome.kind, Kind::Exception);
    EXPECT_EQ(raised.outcome.vector, expected.vector);
    auto const rip = TestEnclave::gprs(0).rip;

    auto report = skip(*enclave_, expected.instruction_size);
    EXPECT_EQ(report.exit_info, sgx::exit_info(expected.vector, expected.type));
    EXPECT_EQ(report.rip, rip);

    auto resumed = enter(*enclave_, kTcs, EntryLeaf::Resume);
    EXPECT_EQ(resumed.outcome.kind, Kind::Exit);
    EXPECT_EQ(resumed.registers.rdi, 77u);
}

TEST_P(Exception, comes_again_if_resumed_without_a_change)
{
    auto const& expected = GetParam();
    auto first = call(*enclave_, kTcs, expected.command, expected.argument);
    auto const rip = TestEnclave::gprs(0).rip;
    for (int round = 0; round < 3; ++round) {
        auto again = enter(*enclave_, kTcs, EntryLeaf::Resume);
        ASSERT_EQ(again.outcome.kind, Kind::Exception);
        EXPECT_EQ(again.outcome.vector, first.outcome.vector);
        EXPECT_EQ(TestEnclave::gprs(0).rip, rip);
    }
}

TEST(ExceptionDetail, a_page_fault_carries_address_and_error_code)
{
    auto enclave = TestEnclave::make();
    auto read = call(*enclave, kTcs, Command::RaisePfRead, kUnmapped + 5);
    EXPECT_EQ(read.outcome.address, kUnmapped + 5);
    EXPECT_EQ(read.outcome.error_code & 0x17, 0x4u);
    auto report = skip(*enclave, 3);
    EXPECT_EQ(report.address, kUnmapped + 5);
    EXPECT_EQ(report.error_code, read.outcome.error_code);
    enter(*enclave, kTcs, EntryLeaf::Resume);

    auto write = call(*enclave, kTcs, Command::RaisePfWrite, TestEnclave::kBase + 8);
    EXPECT_EQ(write.outcome.address, TestEnclave::kBase + 8);
    EXPECT_EQ(write.outcome.error_code & 0x17, 0x7u);
}

TEST(ExceptionDetail, a_jump_to_a_page_without_execute_permission_faults_there)
{
    auto enclave = TestEnclave::make();
    auto const data = TestEnclave::kBase + TestEnclave::kData;
    auto result = call(*enclave, kTcs, Command::Jump, data);
    EXPECT_EQ(result.outcome.kind, Kind::Exception);
    EXPECT_EQ(result.outcome.vector, sgx::kVectorPf);
    EXPECT_EQ(result.outcome.address, data);
    EXPECT_EQ(TestEnclave::gprs(0).rip, data);
}

TEST(ExceptionDetail, tcs_pages_are_out_of_reach_of_the_enclave)
{
    auto enclave = TestEnclave::make();
    auto result = call(*enclave, kTcs, Command::RaisePfRead, kTcs);
    EXPECT_EQ(result.outcome.vector, sgx::kVectorPf);
    EXPECT_EQ(result.outcome.address, kTcs);
}

TEST(ExceptionDetail, a_system_call_leaves_its_number_in_rax_and_is_not_executed)
{
    auto enclave = TestEnclave::make();
    ASSERT_EQ(call(*enclave, kTcs, Command::Syscall, SYS_exit_group).outcome.vector, sgx::kVectorUd);
    EXPECT_EQ(TestEnclave::gprs(0).rax, static_cast<uint64_t>(SYS_exit_group));
    auto const* code = reinterpret_cast<uint8_t const*>(TestEnclave::gprs(0).rip);
    EXPECT_EQ(code[0], 0x0F);
    EXPECT_EQ(code[1], 0x05);
    skip(*enclave, 2);
    EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).registers.rdx, static_cast<uint64_t>(SYS_exit_group));
}

TEST(ExceptionDetail, an_illegal_instruction_may_end_at_the_end_of_memory)
{
    auto enclave = TestEnclave::make();
    Range const page { TestEnclave::kBase + 0xA000, 4096 };
    ASSERT_TRUE(enclave->protect(page, sgx::kPageRead | sgx::kPageWrite));
    *reinterpret_cast<uint8_t*>(page.end() - 1) = 0x06; // PUSH ES, not valid in 64-bit mode
    ASSERT_TRUE(enclave->protect(page, sgx::kPageRead | sgx::kPageExecute));
    auto result = call(*enclave, kTcs, Command::Jump, page.end() - 1);
    EXPECT_EQ(result.outcome.kind, Kind::Exception);
    EXPECT_EQ(result.outcome.vector, sgx::kVectorUd);
    EXPECT_EQ(TestEnclave::gprs(0).rip, page.end() - 1);
}

TEST(ExceptionDetail, an_illegal_instruction_may_lie_in_code_that_cannot_be_read)
{
    auto enclave = TestEnclave::make();
    Range const page { TestEnclave::kBase + 0xA000, 4096 };
    ASSERT_TRUE(enclave->protect(page, sgx::kPageRead | sgx::kPageWrite));
    *reinterpret_cast<uint8_t*>(page.address) = 0x06;
    ASSERT_TRUE(enclave->protect(page, sgx::kPageExecute));
    auto result = call(*enclave, kTcs, Command::Jump, page.address);
    EXPECT_EQ(result.outcome.kind, Kind::Exception);
    EXPECT_EQ(result.outcome.vector, sgx::kVectorUd);
}

TEST(ExceptionDetail, the_host_keeps_its_own_system_calls)
{
    auto enclave = TestEnclave::make();
    call(*enclave, kTcs, Command::Echo);
    EXPECT_EQ(syscall(SYS_getpid), getpid());
}

TEST(ExceptionDetail, leaves_that_an_enclave_must_not_use_are_general_protection_faults)
{
    auto enclave = TestEnclave::make();
    for (uint64_t leaf : { 2, 3, 8, 99 }) {
        auto result = call(*enclave, kTcs, Command::EncluLeaf, leaf);
        ASSERT_EQ(result.outcome.kind, Kind::Exception) << leaf;
        EXPECT_EQ(result.outcome.vector, sgx::kVectorGp);
        // At the site, as if ENCLU were there still.
        auto const rip = TestEnclave::gprs(0).rip;
        EXPECT_EQ(rip % sgx::kEncluSiteSize, 0u);
        skip(*enclave, sgx::kEncluSiteSize);
        EXPECT_EQ(enter(*enclave, kTcs, EntryLeaf::Resume).registers.rdi, 77u);
    }
}

TEST(ExceptionDetail, an_exit_to_a_non_canonical_address_is_a_general_protection_fault)
{
    auto enclave = TestEnclave::make();
    auto result = call(*enclave, kTcs, Command::EncluLeaf, 4, 1ull << 50);
    EXPECT_EQ(result.outcome.kind, Kind::Exception);
    EXPECT_EQ(result.outcome.vector, sgx::kVectorGp);
}

TEST(ExceptionDetail, every_register_survives_thousands_of_faults)
{
    auto enclave = TestEnclave::make();
    constexpr uint64_t kFaults = 5000;
    auto result = call(*enclave, kTcs, Command::AllRegisters, kFaults);
    uint64_t faults = 0;
    while (result.outcome.kind == Kind::Exception && faults <= kFaults) {
        ASSERT_EQ(result.outcome.vector, sgx::kVectorUd);
        ++faults;
        skip(*enclave, 2);
        result = enter(*enclave, kTcs, EntryLeaf::Resume);
    }
    EXPECT_EQ(result.outcome.kind, Kind::Exit);
    EXPECT_EQ(result.registers.rdi, 1u);
    EXPECT_EQ(faults, kFaults);
}

} // namespace farl::host
