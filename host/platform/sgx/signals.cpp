#include "host/platform/sgx/signals.h"

#include "host/platform/sgx/thread_state.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace farl::host {

namespace {

std::array<std::atomic<SignalHandler>, NSIG> signal_handlers;

bool is_after_exit(ThreadState const& thread, ucontext_t const& context)
{
    auto const& registers = context.uc_mcontext.gregs;
    return thread.is_entering && static_cast<uint64_t>(registers[REG_RIP]) == thread.enclu
        && registers[REG_RAX] == static_cast<greg_t>(EntryLeaf::Resume);
}

// Lets serve() return Interrupt: thread_state.h.
void interrupt(ThreadState& thread, int signal, ucontext_t& context)
{
    if (!thread.is_pending || !thread.is_entering)
        return;
    if (is_after_exit(thread, context))
        context.uc_mcontext.gregs[REG_RAX] = kTurnedBack;
    else if (static_cast<uint64_t>(context.uc_mcontext.gregs[REG_RAX]) != kTurnedBack)
        thread.nudge_later(signal);
}

void take_default_action(int signal, bool is_sent)
{
    struct sigaction action { };
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    if (is_sent)
        raise(signal);
}

bool is_fault(int signal, siginfo_t const& info)
{
    bool const may_be = signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE
        || signal == SIGTRAP || signal == SIGSYS;
    // Whoever sends a signal cannot give it a positive code: rt_sigqueueinfo(2).
    return may_be && info.si_code > 0;
}

// Of the host itself the fault comes again when the handler returns, and ends the process.
void handle_fault(ThreadState& thread, int signal, ucontext_t& context)
{
    if (signal != SIGTRAP || !is_after_exit(thread, context))
        return take_default_action(signal, false);
    thread.trap_vector = static_cast<uint8_t>(context.uc_mcontext.gregs[REG_TRAPNO]);
    context.uc_mcontext.gregs[REG_RAX] = kTrapped;
}

bool is_nudge(ThreadState const& thread, siginfo_t const& info)
{
    return info.si_code == SI_TIMER && info.si_value.sival_ptr == &thread;
}

void handle(int signal, siginfo_t* info, void* opaque)
{
    auto const saved_errno = errno;
    auto& thread = ThreadState::of_this_thread();
    auto& context = *static_cast<ucontext_t*>(opaque);
    if (is_fault(signal, *info)) {
        handle_fault(thread, signal, context);
    } else if (is_nudge(thread, *info)) {
        interrupt(thread, signal, context);
    } else if (auto const handler = signal_handlers[signal].load(std::memory_order_relaxed)) {
        handler(signal, *info, context);
        thread.is_pending = true;
        thread.nudge_signal = thread.nudge_signal ? thread.nudge_signal : signal;
        interrupt(thread, signal, context);
    } else {
        take_default_action(signal, true);
    }
    errno = saved_errno;
}

Result<> set_action(int signal)
{
    struct sigaction action { };
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    if (sigaction(signal, &action, nullptr))
        return static_cast<Errno>(errno);
    return {};
}

} // namespace

Result<> install_trap_handler() { return set_action(SIGTRAP); }

Result<> install_sgx_signal_handler(int signal, SignalHandler handler)
{
    if (signal <= 0 || signal >= NSIG)
        return Errno::Einval;
    signal_handlers[signal].store(handler, std::memory_order_relaxed);
    if (!handler && signal != SIGTRAP) {
        take_default_action(signal, false);
        return {};
    }
    return set_action(signal);
}

bool take_sgx_interrupt()
{
    auto& thread = ThreadState::of_this_thread();
    bool const was_pending = thread.is_pending;
    thread.is_pending = false;
    return was_pending;
}

} // namespace farl::host
