#include "tests/hostile/signals.h"

#include "abi/sgx/layout.h"

#include <csignal>
#include <ctime>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr int kFaults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
constexpr int kRounds = 200;

void note(int, siginfo_t const&, ucontext_t&) { }

int64_t set_of(int signal) { return 1ll << (signal - 1); }

} // namespace

ForgedSignals::ForgedSignals(Platform& platform)
{
    for (auto signal : kFaults)
        MUST(platform.on_signal(signal, note));
}

void ForgedSignals::send_all()
{
    for (int round = 0; round < kRounds; ++round) {
        for (auto signal : kFaults)
            syscall(SYS_tgkill, getpid(), victim_.load(), signal);
        kill(getpid(), SIGUSR1);
        timespec const pause { 0, 200'000 };
        nanosleep(&pause, nullptr);
    }
    is_done_ = true;
}

void ForgedSignals::after(HostCall& call)
{
    if (!call.is(static_cast<long>(wire::FarlCall::WaitSignals)))
        return;
    for (auto signal : kFaults)
        call.slot->result |= set_of(signal);
    call.slot->result |= set_of(SIGSYS) | set_of(SIGKILL) | set_of(SIGSTOP);
}

Outcome ForgedSignals::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    if (is_armed && tcs == sgx::tcs_address(0) && !victim_) {
        victim_ = static_cast<int>(syscall(SYS_gettid));
        std::thread([this] {
            // The signals of the process are for the carrier that waits for them.
            sigset_t all;
            sigfillset(&all);
            pthread_sigmask(SIG_SETMASK, &all, nullptr);
            send_all();
        }).detach();
    }
    return enclave.enter(tcs, leaf, registers);
}

} // namespace farl::host
