// Entries by the vDSO: what its user handler sees becomes an Outcome, and no signal is lost wherever it hits.
#include "host/platform/sgx/entry.h"

#include "host/platform/sgx/signals.h"
#include "tests/support/fake_processor.h"

#include <fpu_control.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xmmintrin.h>

namespace farl::host {

using Kind = Outcome::Kind;

namespace {

constexpr uint64_t kTcs = 0xFC'4000'0000;

int signals_seen = 0;
bool was_on_alternate_stack = false;

void note_signal(int, siginfo_t const&, ucontext_t&)
{
    ++signals_seen;
    stack_t stack {};
    sigaltstack(nullptr, &stack);
    was_on_alternate_stack = stack.ss_flags & SS_ONSTACK;
}

void send(int signal) { syscall(SYS_tgkill, getpid(), gettid(), signal); }

class SgxEntry : public testing::Test {
protected:
    SgxEntry()
    {
        MUST(install_trap_handler());
        MUST(install_sgx_signal_handler(SIGUSR1, note_signal));
        take_sgx_interrupt();
        signals_seen = 0;
    }
    ~SgxEntry() override { MUST(install_sgx_signal_handler(SIGUSR1, nullptr)); }

    Outcome enter(EntryLeaf leaf)
    {
        struct Once final : OutcomeHandler {
            Outcome outcome;
            std::optional<EntryLeaf> handle(Outcome const& seen, LeafRegisters&) override
            {
                outcome = seen;
                return {};
            }
        } once;
        serve_enclave(FakeProcessor::entry_function(), kTcs, leaf, registers, once);
        return once.outcome;
    }

    FakeProcessor processor;
    LeafRegisters registers { .rdi = 1, .rsi = 2, .rdx = 3, .r8 = 4, .r9 = 5 };
};

} // namespace

TEST_F(SgxEntry, passes_five_registers_in_and_out)
{
    processor.exit(11, 12, 13, 14, 15);
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Exit);
    ASSERT_EQ(processor.entries().size(), 1u);
    auto const entry = processor.entries()[0];
    EXPECT_EQ(entry.rax, 2u);
    EXPECT_EQ(entry.rbx, kTcs);
    EXPECT_EQ(entry.rcx, FakeProcessor::entry_function().enclu);
    EXPECT_EQ(entry.rdi, 1u);
    EXPECT_EQ(entry.rsi, 2u);
    EXPECT_EQ(entry.rdx, 3u);
    EXPECT_EQ(entry.r8, 4u);
    EXPECT_EQ(entry.r9, 5u);
    EXPECT_EQ(registers.rdi, 11u);
    EXPECT_EQ(registers.rsi, 12u);
    EXPECT_EQ(registers.rdx, 13u);
    EXPECT_EQ(registers.r8, 14u);
    EXPECT_EQ(registers.r9, 15u);
}

TEST_F(SgxEntry, the_handler_decides_leaf_and_registers_of_the_next_entry)
{
    struct Twice final : OutcomeHandler {
        int calls { 0 };
        std::optional<EntryLeaf> handle(Outcome const&, LeafRegisters& registers) override
        {
            registers.rdi = 77;
            return ++calls < 2 ? std::optional(EntryLeaf::Resume) : std::nullopt;
        }
    } twice;
    processor.fault(6).exit(9);
    serve_enclave(FakeProcessor::entry_function(), kTcs, EntryLeaf::Enter, registers, twice);
    ASSERT_EQ(processor.entries().size(), 2u);
    EXPECT_EQ(processor.entries()[1].rax, 3u);
    EXPECT_EQ(processor.entries()[1].rdi, 77u);
}

TEST_F(SgxEntry, a_fault_in_the_enclave_is_an_exception_with_its_details)
{
    processor.fault(14, 0x8007, 0x1234'5000);
    auto const outcome = enter(EntryLeaf::Enter);
    EXPECT_EQ(outcome.kind, Kind::Exception);
    EXPECT_EQ(outcome.vector, 14u);
    EXPECT_EQ(outcome.error_code, 0x8007u);
    EXPECT_EQ(outcome.address, 0x1234'5000u);
}

TEST_F(SgxEntry, a_fault_of_eenter_is_a_refusal)
{
    processor.refuse(14, 0x8005, kTcs);
    auto const outcome = enter(EntryLeaf::Enter);
    EXPECT_EQ(outcome.kind, Kind::Refused);
    EXPECT_EQ(outcome.vector, 14u);
    EXPECT_EQ(outcome.error_code, 0x8005u);
    EXPECT_EQ(outcome.address, kTcs);
}

TEST_F(SgxEntry, a_breakpoint_in_the_enclave_is_an_exception_although_the_kernel_sends_a_signal)
{
    processor.then([](ucontext_t& context) {
        context.uc_mcontext.gregs[REG_RAX] = 3;
        siginfo_t info {};
        info.si_signo = SIGTRAP;
        info.si_code = SI_KERNEL;
        syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGTRAP, &info);
    });
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Exception);
    EXPECT_EQ(processor.entries().size(), 1u);
}

TEST_F(SgxEntry, a_signal_in_the_enclave_is_an_interrupt)
{
    send(SIGUSR1);
    take_sgx_interrupt();
    processor.then([](ucontext_t& context) {
        send(SIGUSR1);
        context.uc_mcontext.gregs[REG_RAX] = 3;
    });
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Interrupt);
    EXPECT_EQ(signals_seen, 2);
    EXPECT_TRUE(was_on_alternate_stack);
    EXPECT_FALSE(take_sgx_interrupt());
    processor.exit(1);
    EXPECT_EQ(enter(EntryLeaf::Resume).kind, Kind::Exit);
}

TEST_F(SgxEntry, a_signal_before_the_instruction_of_eenter_ends_the_stay)
{
    processor.signal_first(SIGUSR1).compute_until(SIGUSR1);
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Interrupt);
    EXPECT_EQ(signals_seen, 1);
    EXPECT_EQ(processor.entries()[1].rax, 2u) << "EENTER has to be executed, not left out";
}

TEST_F(SgxEntry, a_signal_before_the_instruction_of_eresume_leaves_the_enclave_alone)
{
    processor.signal_first(SIGUSR1);
    EXPECT_EQ(enter(EntryLeaf::Resume).kind, Kind::Interrupt);
    EXPECT_EQ(processor.entries().size(), 1u);
}

TEST_F(SgxEntry, a_signal_before_an_entry_ends_the_stay)
{
    send(SIGUSR1);
    processor.compute_until(SIGUSR1);
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Interrupt);
    EXPECT_EQ(signals_seen, 1);
}

TEST_F(SgxEntry, a_signal_before_a_resume_is_reported_without_one)
{
    send(SIGUSR1);
    EXPECT_EQ(enter(EntryLeaf::Resume).kind, Kind::Interrupt);
    EXPECT_TRUE(processor.entries().empty());
    processor.exit(1);
    EXPECT_EQ(enter(EntryLeaf::Resume).kind, Kind::Exit) << "reported once";
}

TEST_F(SgxEntry, a_signal_that_was_taken_is_not_reported)
{
    send(SIGUSR1);
    EXPECT_TRUE(take_sgx_interrupt());
    processor.exit(1);
    EXPECT_EQ(enter(EntryLeaf::Resume).kind, Kind::Exit);
}

// The enclave stays until a signal comes, and that comes once: if it were lost on the way in, the stay would not end.
TEST_F(SgxEntry, a_signal_at_any_time_around_an_entry_ends_the_stay)
{
    sigevent event {};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event._sigev_un._tid = gettid();
    timer_t timer {};
    ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    for (long round = 0; round < 500 && !HasFailure(); ++round) {
        processor.compute_until(SIGUSR1);
        itimerspec const once { {}, { 0, 1 + round * 37 } };
        timer_settime(timer, 0, &once, nullptr);
        EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Interrupt) << "round " << round;
        EXPECT_FALSE(take_sgx_interrupt());
    }
    timer_delete(timer);
    EXPECT_EQ(signals_seen, 500);
}

TEST_F(SgxEntry, an_exit_before_the_second_signal_keeps_the_first_one_and_disturbs_no_system_call)
{
    processor.signal_first(SIGUSR1).exit(1);
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Exit);
    timespec const while_asleep { 0, 50'000'000 };
    EXPECT_EQ(nanosleep(&while_asleep, nullptr), 0);
    EXPECT_EQ(signals_seen, 1);
    EXPECT_TRUE(take_sgx_interrupt());
}

TEST_F(SgxEntry, what_an_exit_leaves_in_the_floating_point_units_and_flags_is_cleaned)
{
    constexpr greg_t kAlignment = 0x4'0000, kDirection = 0x400;
    auto const mxcsr = _mm_getcsr();
    processor.exit(1).then([](ucontext_t& context) {
        auto& registers = context.uc_mcontext.gregs;
        registers[REG_RIP] += 3; // EEXIT: after the ENCLU
        registers[REG_EFL] |= kAlignment | kDirection;
        context.uc_mcontext.fpregs->mxcsr = 0x7F80;
        context.uc_mcontext.fpregs->cwd = 0xF7F;
    });
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Exit);
    EXPECT_EQ(enter(EntryLeaf::Enter).kind, Kind::Exit);
    EXPECT_EQ(_mm_getcsr(), mxcsr);
    fpu_control_t x87;
    _FPU_GETCW(x87);
    EXPECT_EQ(x87, _FPU_DEFAULT);
    EXPECT_FALSE(__builtin_ia32_readeflags_u64() & (kAlignment | kDirection));
}

TEST_F(SgxEntry, a_fault_signal_that_somebody_sent_is_a_signal)
{
    MUST(install_sgx_signal_handler(SIGSEGV, note_signal));
    send(SIGSEGV);
    MUST(install_sgx_signal_handler(SIGSEGV, nullptr));
    EXPECT_EQ(signals_seen, 1);
    EXPECT_TRUE(take_sgx_interrupt());
}

TEST_F(SgxEntry, a_true_fault_of_the_host_ends_the_process)
{
    EXPECT_EXIT(
        {
            MUST(install_sgx_signal_handler(SIGSEGV, note_signal));
            asm volatile("mov %%rax, 0" ::: "memory");
        },
        testing::KilledBySignal(SIGSEGV), "");
}

} // namespace farl::host
