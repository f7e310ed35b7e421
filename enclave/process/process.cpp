#include "enclave/process/process.h"

#include "enclave/sched/gate.h"

#include <new>
#include <sys/resource.h>

namespace farl {

namespace {
alignas(Process) constinit uint8_t storage[sizeof(Process)] {};
}

Process& process() { return *reinterpret_cast<Process*>(storage); }

Process& create_process(int pid)
{
    auto& created = *new (storage) Process(pid);
    created.next_tid_.store(pid + 1);
    return created;
}

Result<StartDirectory> Process::working_directory()
{
    LockGuard guard(directory_lock_);
    return StartDirectory { working_directory_.file, TRY(working_directory_.path.copy()) };
}

void Process::set_working_directory(StartDirectory directory)
{
    LockGuard guard(directory_lock_);
    std::swap(working_directory_.file, directory.file);
    std::swap(working_directory_.path, directory.path);
}

size_t Process::thread_count()
{
    LockGuard guard(thread_lock);
    size_t count = 0;
    threads.for_each([&](Thread&) { ++count; });
    return count;
}

void Process::add(Thread& thread)
{
    LockGuard guard(thread_lock);
    if (!threads.is_empty())
        single_threaded_.store(false, std::memory_order_release);
    threads.push_back(thread);
    LockGuard signals(signal_lock);
    update_terminal_stops(thread);
}

bool Process::remove(Thread& thread)
{
    LockGuard guard(thread_lock);
    threads.remove(thread);
    auto* first = threads.first();
    if (first && !threads.next(*first))
        single_threaded_.store(true, std::memory_order_release);
    return !first;
}

Result<Ref<Thread>> Process::find_thread(int tid)
{
    LockGuard guard(thread_lock);
    for (auto* thread = threads.first(); thread; thread = threads.next(*thread))
        if (thread->tid() == tid)
            return Ref<Thread>(*thread);
    return Errno::Esrch;
}

// The one that takes a signal to the process: the first that does not block it, or else one that waits for it, or
// none. Under thread_lock and signal_lock, which its caller keeps until the signal is pending: a thread that blocks
// signals meanwhile could not know that it has to pass this one on.
Thread* Process::thread_for_signal(int signal)
{
    auto bit = signal_bit(signal);
    Thread* waiting = nullptr;
    for (auto* thread = threads.first(); thread; thread = threads.next(*thread)) {
        if (!(thread->blocked & bit))
            return thread;
        if (!waiting && (thread->awaited & bit))
            waiting = thread;
    }
    return waiting;
}

void Process::wake_for_signal(Thread& thread)
{
    update_interrupt_request(thread);
    thread.signal_waiters.wake_all();
}

// kill(2): SIGCONT takes back the stops that nobody has seen yet, and a stop takes back SIGCONT.
void Process::undo_opposite(int signal)
{
    if (signal == kSigCont)
        discard_pending(kStopSignals);
    else if (signal_bit(signal) & kStopSignals)
        discard_pending(signal_bit(kSigCont));
}

bool Process::is_ignored(Thread const* thread, int signal) const
{
    auto bit = signal_bit(signal);
    if (thread && ((thread->blocked | thread->awaited) & bit))
        return false; // a blocked signal stays pending, whatever its disposition
    auto handler = actions[signal].handler;
    return handler == kSigIgnore || (handler == kSigDefault && default_action(signal) == DefaultAction::Ignore);
}

// The limit is on each thread and on the process, not on all of a user's.
Result<> Process::add_pending(PendingSignals& to, SignalInfo const& info)
{
    return to.add(info, limits[RLIMIT_SIGPENDING].soft);
}

SignalInfo Process::own_signal(int signal, int code)
{
    SignalInfo info;
    info.signal = signal;
    info.code = code;
    info.sender.pid = pid_;
    LockGuard guard(identity_lock);
    info.sender.uid = identity.uid;
    return info;
}

Result<> Process::send_signal(SignalInfo const& info)
{
    undo_opposite(info.signal);
    Ref<Thread> target;
    {
        LockGuard list(thread_lock);
        LockGuard guard(signal_lock);
        auto* taker = thread_for_signal(info.signal);
        if (taker && is_ignored(taker, info.signal))
            return {};
        TRY(add_pending(pending, info));
        signalfd_waiters.wake_all();
        if (taker) {
            wake_for_signal(*taker);
            target = *taker;
        }
    }
    signalfd_ready.notify(kPollIn | kPollRdNorm);
    if (target)
        scheduler().interrupt(target->fiber());
    return {};
}

Result<> Process::send_signal_to(Thread& thread, SignalInfo const& info)
{
    undo_opposite(info.signal);
    {
        LockGuard guard(signal_lock);
        if (is_ignored(&thread, info.signal))
            return {};
        TRY(add_pending(thread.pending, info));
        signalfd_waiters.wake_all();
        wake_for_signal(thread);
    }
    signalfd_ready.notify(kPollIn | kPollRdNorm);
    scheduler().interrupt(thread.fiber());
    return {};
}

void Process::force_signal(Thread& thread, SignalInfo info)
{
    LockGuard guard(signal_lock);
    auto bit = signal_bit(info.signal);
    auto& action = actions[info.signal];
    if ((thread.blocked & bit) || action.handler == kSigIgnore) {
        action.handler = kSigDefault;
        thread.blocked &= ~bit;
    }
    (void)add_pending(thread.pending, info);
    update_interrupt_request(thread);
}

void Process::update_interrupt_request(Thread& thread)
{
    auto deliverable = (thread.pending.set() | pending.set()) & (~thread.blocked | kUnblockable);
    thread.fiber().interrupt_requested.store(deliverable != 0 || is_exiting_.load() || thread.must_exit.load());
}

void Process::set_blocked(Thread& thread, SignalSet mask)
{
    SignalSet left_to_others;
    {
        LockGuard guard(signal_lock);
        left_to_others = pending.set() & mask & ~thread.blocked;
        thread.blocked = mask & ~kUnblockable;
        update_interrupt_request(thread);
        update_terminal_stops(thread);
    }
    notify_others_of_pending(left_to_others);
}

void Process::update_terminal_stops(Thread& thread)
{
    SignalSet stops = 0;
    for (int signal : { kSigTtin, kSigTtou })
        if (actions[signal].handler == kSigDefault)
            stops |= signal_bit(signal);
    thread.fiber().stopped_by.store(stops & ~thread.blocked, std::memory_order_relaxed);
}

SignalAction Process::set_action(int signal, SignalAction const* action)
{
    LockGuard list(thread_lock);
    LockGuard guard(signal_lock);
    auto before = actions[signal];
    if (!action)
        return before;
    actions[signal] = *action;
    if (signal == kSigTtin || signal == kSigTtou)
        threads.for_each([&](Thread& thread) { update_terminal_stops(thread); });
    return before;
}

void Process::notify_others_of_pending(SignalSet signals)
{
    {
        LockGuard guard(signal_lock);
        signals &= pending.set();
    }
    for (int signal = 1; signals && signal <= kSignalCount; ++signal) {
        if (!(signals & signal_bit(signal)))
            continue;
        Ref<Thread> target;
        {
            LockGuard list(thread_lock);
            LockGuard guard(signal_lock);
            auto* taker = thread_for_signal(signal);
            if (!taker)
                continue;
            wake_for_signal(*taker);
            target = *taker;
        }
        scheduler().interrupt(target->fiber());
    }
}

void Process::discard_pending(SignalSet signals)
{
    LockGuard list(thread_lock);
    LockGuard guard(signal_lock);
    pending.discard(signals);
    threads.for_each([&](Thread& thread) {
        thread.pending.discard(signals);
        update_interrupt_request(thread);
    });
}

void Process::at_exit(ExitHook hook)
{
    ASSERT(exit_hook_count_ < sizeof(exit_hooks_) / sizeof(exit_hooks_[0]));
    exit_hooks_[exit_hook_count_++] = hook;
}

void Process::run_exit_hooks()
{
    if (is_exiting_.exchange(true))
        for (;;) // another thread is ending the process
            scheduler().park();
    Thread::current().fiber().interrupt_requested.store(false); // the signal that ends it cuts nothing short here
    for (size_t i = 0; i < exit_hook_count_; ++i)
        exit_hooks_[i]();
}

void Process::exit(int status)
{
    run_exit_hooks();
    leave_for_good(static_cast<uint64_t>(status & 0xff), 0);
}

void Process::die_by_signal(int signal)
{
    run_exit_hooks();
    leave_for_good(128u + static_cast<unsigned>(signal), static_cast<uint64_t>(signal));
}

} // namespace farl
