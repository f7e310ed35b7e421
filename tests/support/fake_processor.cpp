#include "tests/support/fake_processor.h"

#include <ctime>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {
int __vdso_sgx_enter_enclave(
    unsigned long, unsigned long, unsigned long, unsigned, unsigned long, unsigned long, sgx_enclave_run*);
extern char fake_vdso_enclu[], fake_vdso_exited[], fake_vdso_faulted[];
}

namespace farl::host {

namespace {

constexpr greg_t kEnter = 2, kResume = 3;
constexpr uint16_t kGeneralProtection = 13;

FakeProcessor* the_processor = nullptr;

greg_t address_of(char const* label) { return reinterpret_cast<greg_t>(label); }

void raise_fault(ucontext_t& context, uint16_t vector, uint16_t error_code, uint64_t address)
{
    auto& registers = context.uc_mcontext.gregs;
    registers[REG_RIP] = address_of(fake_vdso_faulted);
    registers[REG_RDI] = vector;
    registers[REG_RSI] = error_code;
    registers[REG_RDX] = static_cast<greg_t>(address);
}

bool is_pending(int signal)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal);
}

void wait_until_pending(int signal)
{
    for (int i = 0; i < 100'000 && !is_pending(signal); ++i) {
        timespec const little { 0, 100'000 };
        nanosleep(&little, nullptr);
    }
}

} // namespace

FakeProcessor::FakeProcessor()
{
    the_processor = this;
    struct sigaction action { };
    action.sa_sigaction = execute;
    action.sa_flags = SA_SIGINFO;
    sigfillset(&action.sa_mask);
    sigaction(SIGILL, &action, &before_);
}

FakeProcessor::~FakeProcessor()
{
    EXPECT_TRUE(is_done()) << script_.size() << " steps were not reached";
    sigaction(SIGILL, &before_, nullptr);
    the_processor = nullptr;
}

EntryFunction FakeProcessor::entry_function()
{
    return { __vdso_sgx_enter_enclave, static_cast<uint64_t>(address_of(fake_vdso_enclu)) };
}

FakeProcessor& FakeProcessor::then(Step step)
{
    script_.push_back(std::move(step));
    return *this;
}

FakeProcessor& FakeProcessor::exit(uint64_t rdi, uint64_t rsi, uint64_t rdx, uint64_t r8, uint64_t r9)
{
    return then([=](ucontext_t& context) {
        auto& registers = context.uc_mcontext.gregs;
        registers[REG_RIP] = address_of(fake_vdso_exited);
        registers[REG_RDI] = static_cast<greg_t>(rdi);
        registers[REG_RSI] = static_cast<greg_t>(rsi);
        registers[REG_RDX] = static_cast<greg_t>(rdx);
        registers[REG_R8] = static_cast<greg_t>(r8);
        registers[REG_R9] = static_cast<greg_t>(r9);
    });
}

FakeProcessor& FakeProcessor::fault(uint16_t vector, uint16_t error_code, uint64_t address)
{
    return then([=](ucontext_t& context) {
        context.uc_mcontext.gregs[REG_RAX] = kResume;
        raise_fault(context, vector, error_code, address);
    });
}

FakeProcessor& FakeProcessor::refuse(uint16_t vector, uint16_t error_code, uint64_t address)
{
    return then([=](ucontext_t& context) { raise_fault(context, vector, error_code, address); });
}

FakeProcessor& FakeProcessor::compute_until(int signal)
{
    return then([=](ucontext_t& context) {
        wait_until_pending(signal);
        context.uc_mcontext.gregs[REG_RAX] = kResume;
    });
}

FakeProcessor& FakeProcessor::signal_first(int signal)
{
    return then([=](ucontext_t&) { syscall(SYS_tgkill, getpid(), gettid(), signal); });
}

void FakeProcessor::execute(int, siginfo_t*, void* context)
{
    the_processor->enclu(*static_cast<ucontext_t*>(context));
}

void FakeProcessor::enclu(ucontext_t& context)
{
    auto const& registers = context.uc_mcontext.gregs;
    auto const value = [&](int index) { return static_cast<uint64_t>(registers[index]); };
    ASSERT_EQ(registers[REG_RIP], address_of(fake_vdso_enclu));
    if (registers[REG_RAX] != kEnter && registers[REG_RAX] != kResume)
        return raise_fault(context, kGeneralProtection, 0, 0);
    entries_.push_back({ value(REG_RAX), value(REG_RBX), value(REG_RCX), value(REG_RDI), value(REG_RSI), value(REG_RDX),
        value(REG_R8), value(REG_R9) });
    if (script_.empty()) {
        ADD_FAILURE() << "the script has ended";
        return raise_fault(context, kGeneralProtection, 0, 0);
    }
    auto const step = std::move(script_.front());
    script_.pop_front();
    step(context);
}

} // namespace farl::host
