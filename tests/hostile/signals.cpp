#include "tests/hostile/signals.h"

#include "abi/sgx/layout.h"

#include <climits>
#include <csignal>
#include <ctime>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr int kFaults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
constexpr int kClaimed[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGKILL, SIGSTOP, 0, 65, 32 };
// Of faults, of timers and queues, which are the runtime's own, and of nobody's.
constexpr int kCodes[] = { SEGV_MAPERR, SI_TIMER, SI_MESGQ, SI_ASYNCIO, SI_SIGIO, SI_KERNEL, SI_USER, INT_MAX,
    INT_MIN };
constexpr int kRounds = 200;

void note(int, siginfo_t const&, ucontext_t&) { }

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
    if (!call.is(static_cast<long>(wire::FarlCall::WaitSignal)))
        return;
    auto& told = call.memory<wire::HostSignal>(0);
    auto round = forged_++;
    auto which = round / 2 % std::size(kClaimed);
    if (round % 2)
        told.number = kClaimed[which];
    told.code = kCodes[round % std::size(kCodes)];
    told.pid = round % 4 ? static_cast<uint64_t>(getpid()) : UINT64_MAX;
    told.value = sgx::kRuntimeBase;
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
