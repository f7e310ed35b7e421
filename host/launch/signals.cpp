#include "host/launch/signals.h"

#include <csignal>
#include <cstdlib>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" char farl_host_syscall_begin[], farl_host_syscall_end[], farl_host_syscall_interrupted[];

namespace farl::host {

namespace {

// Whatever interrupts a host call: go to its cancelled exit if the call has not begun.
void note_kick(int, siginfo_t const&, ucontext_t& context)
{
    auto& rip = context.uc_mcontext.gregs[REG_RIP];
    if (rip >= reinterpret_cast<greg_t>(farl_host_syscall_begin)
        && rip < reinterpret_cast<greg_t>(farl_host_syscall_end))
        rip = reinterpret_cast<greg_t>(farl_host_syscall_interrupted);
}

sigset_t forwarded_signals()
{
    sigset_t set;
    sigfillset(&set);
    for (int signal : { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, kick_signal() })
        sigdelset(&set, signal);
    return set;
}

// To this thread, because another one waits for signals to the process and would take it.
void raise_unblocked(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

} // namespace

int kick_signal() { return SIGRTMIN; }

Result<> install_signals(Platform& platform)
{
    auto forwarded = forwarded_signals();
    pthread_sigmask(SIG_SETMASK, &forwarded, nullptr);
    return platform.on_signal(kick_signal(), note_kick);
}

int64_t wait_signal(wire::HostSignal& taken)
{
    auto set = forwarded_signals();
    siginfo_t info;
    while (sigwaitinfo(&set, &info) < 0)
        ;
    taken = { .number = static_cast<uint64_t>(info.si_signo),
        .code = info.si_code,
        .pid = static_cast<uint64_t>(info.si_pid),
        .uid = info.si_uid,
        .value = reinterpret_cast<uint64_t>(info.si_value.sival_ptr) };
    return 0;
}

// By the signal itself, so that the shell sees which one it was.
int64_t stop_process(int signal)
{
    raise_unblocked(signal);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return 0;
}

void end_process(int status, int signal)
{
    if (signal) {
        std::signal(signal, SIG_DFL);
        raise_unblocked(signal);
    }
    _exit(status);
}

} // namespace farl::host
