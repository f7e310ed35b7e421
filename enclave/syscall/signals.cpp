#include "enclave/syscall/signals.h"

#include "enclave/process/process.h"
#include "enclave/process/signal_frame.h"
#include "enclave/process/time_values.h"

namespace farl {

namespace {

constexpr size_t kSetSize = sizeof(SignalSet);

Result<> check_set_size(size_t size)
{
    if (size != kSetSize)
        return Errno::Einval;
    return {};
}

Result<> check_signal_or_zero(int signal)
{
    if (signal != 0 && !is_signal(signal))
        return Errno::Einval;
    return {};
}

Result<> send_to_thread(Thread& caller, int tid, int signal)
{
    auto target = TRY(caller.process().find_thread(tid));
    TRY(check_signal_or_zero(signal));
    if (!signal)
        return {};
    return caller.process().send_signal_to(*target, caller.process().own_signal(signal, kSiTkill));
}

// The codes of the kernel and of tkill(2) are only for who sends to itself.
Result<> check_code(Thread& caller, int target, SignalInfo const& info)
{
    bool is_forged = (info.code >= 0 || info.code == kSiTkill) && target != caller.tid();
    return is_forged ? Errno::Eperm : Result<> {};
}

// Waits for one of `wanted`, which are blocked; takes it.
Result<SignalInfo> wait_for_signal(Thread& caller, SignalSet wanted, uint64_t deadline_ns)
{
    auto& process = caller.process();
    LockGuard guard(process.signal_lock);
    caller.awaited = wanted;
    auto finish = [&](auto result) -> Result<SignalInfo> {
        caller.awaited = 0;
        return result;
    };
    SignalInfo info;
    for (;;) {
        if (caller.pending.take(wanted, info) || process.pending.take(wanted, info)) {
            process.update_interrupt_request(caller);
            return finish(info);
        }
        auto waited = caller.signal_waiters.wait(process.signal_lock, deadline_ns);
        if (waited.is_ok())
            continue;
        return finish(waited.error() == Errno::Etimedout ? Errno::Eagain : waited.error());
    }
}

// Until a signal that has an effect comes. The mask, if it was changed for that, goes back after its delivery.
Result<> wait_for_any_signal(Thread& caller)
{
    auto& process = caller.process();
    LockGuard guard(process.signal_lock);
    for (;;)
        TRY(caller.signal_waiters.wait(process.signal_lock));
}

} // namespace

// rt_sigaction(2)
Result<> sys_rt_sigaction(
    Thread& caller, int signal, UserIn<SignalAction> action, UserOut<SignalAction> old, size_t set_size)
{
    TRY(check_set_size(set_size));
    if (!is_signal(signal) || (action && (signal_bit(signal) & kUnblockable)))
        return Errno::Einval;
    auto& process = caller.process();
    SignalAction changed;
    if (action)
        changed = TRY(action.read());
    changed.mask &= ~kUnblockable;
    changed.flags &= kKnownActionFlags;
    auto before = process.set_action(signal, action ? &changed : nullptr);
    bool ignores = changed.handler == kSigIgnore
        || (changed.handler == kSigDefault && default_action(signal) == DefaultAction::Ignore);
    if (action && ignores)
        process.discard_pending(signal_bit(signal));
    return old ? old.write(before) : Result<> {};
}

// rt_sigprocmask(2)
Result<> sys_rt_sigprocmask(Thread& caller, int how, UserIn<SignalSet> set, UserOut<SignalSet> old, size_t set_size)
{
    enum { Block, Unblock, SetMask };
    TRY(check_set_size(set_size));
    auto before = caller.blocked;
    if (set) {
        auto given = TRY(set.read());
        switch (how) {
        case Block:
            caller.process().set_blocked(caller, before | given);
            break;
        case Unblock:
            caller.process().set_blocked(caller, before & ~given);
            break;
        case SetMask:
            caller.process().set_blocked(caller, given);
            break;
        default:
            return Errno::Einval;
        }
    }
    return old ? old.write(before) : Result<> {};
}

// rt_sigreturn(2): RAX and everything else is what the frame says
Result<int64_t> sys_rt_sigreturn(Thread& caller)
{
    if (pop_signal_frame(caller).is_error()) {
        SignalInfo info;
        info.signal = kSigSegv;
        info.code = kSiKernel;
        caller.process().force_signal(caller, info);
    }
    return static_cast<int64_t>(caller.frame().rax);
}

// rt_sigpending(2)
Result<> sys_rt_sigpending(Thread& caller, UserOut<SignalSet> set, size_t set_size)
{
    if (set_size > kSetSize)
        return Errno::Einval;
    auto& process = caller.process();
    SignalSet pending;
    {
        LockGuard guard(process.signal_lock);
        pending = (caller.pending.set() | process.pending.set()) & caller.blocked;
    }
    return copy_to_user(set.address, &pending, set_size);
}

// rt_sigtimedwait(2)
Result<int> sys_rt_sigtimedwait(
    Thread& caller, UserIn<SignalSet> set, UserOut<SignalInfo> info, UserIn<timespec> timeout, size_t set_size)
{
    TRY(check_set_size(set_size));
    auto wanted = TRY(set.read()) & ~kUnblockable;
    auto deadline_ns = timeout ? TRY(deadline_after(TRY(timeout.read()))) : kNever;
    auto taken = TRY(wait_for_signal(caller, wanted, deadline_ns));
    if (info)
        TRY(info.write(taken));
    return taken.signal;
}

// rt_sigqueueinfo(2)
Result<> sys_rt_sigqueueinfo(Thread& caller, int pid, int signal, UserIn<SignalInfo> from)
{
    auto info = TRY(from.read());
    info.signal = signal;
    TRY(check_code(caller, pid, info));
    if (pid != caller.process().pid())
        return Errno::Esrch;
    TRY(check_signal_or_zero(signal));
    return signal ? caller.process().send_signal(info) : Result<> {};
}

// rt_tgsigqueueinfo(2)
Result<> sys_rt_tgsigqueueinfo(Thread& caller, int pid, int tid, int signal, UserIn<SignalInfo> from)
{
    auto info = TRY(from.read());
    info.signal = signal;
    if (pid <= 0 || tid <= 0)
        return Errno::Einval;
    TRY(check_code(caller, pid, info));
    if (pid != caller.process().pid())
        return Errno::Esrch;
    auto target = TRY(caller.process().find_thread(tid));
    TRY(check_signal_or_zero(signal));
    return signal ? caller.process().send_signal_to(*target, info) : Result<> {};
}

// rt_sigsuspend(2)
Result<> sys_rt_sigsuspend(Thread& caller, UserIn<SignalSet> set, size_t set_size)
{
    TRY(check_set_size(set_size));
    auto mask = TRY(set.read());
    if (!caller.has_saved_mask) {
        caller.saved_mask = caller.blocked;
        caller.has_saved_mask = true;
    }
    caller.process().set_blocked(caller, mask);
    return wait_for_any_signal(caller);
}

// pause(2)
Result<> sys_pause(Thread& caller) { return wait_for_any_signal(caller); }

// sigaltstack(2)
Result<> sys_sigaltstack(Thread& caller, UserIn<SignalStack> stack, UserOut<SignalStack> old)
{
    auto before = caller.alternate_stack;
    before.flags = before.state(caller.frame().rsp) | (before.flags & kSsAutoDisarm);
    if (stack)
        TRY(set_alternate_stack(caller, TRY(stack.read())));
    return old ? old.write(before) : Result<> {};
}

// kill(2): there is one process; its group is it
Result<> sys_kill(Thread& caller, int pid, int signal)
{
    auto self = caller.process().pid();
    if (pid != self && pid != -self && pid != 0)
        return Errno::Esrch;
    TRY(check_signal_or_zero(signal));
    return signal ? caller.process().send_signal(caller.process().own_signal(signal)) : Result<> {};
}

// tkill(2)
Result<> sys_tkill(Thread& caller, int tid, int signal)
{
    if (tid <= 0)
        return Errno::Einval;
    return send_to_thread(caller, tid, signal);
}

// tgkill(2)
Result<> sys_tgkill(Thread& caller, int pid, int tid, int signal)
{
    if (pid <= 0 || tid <= 0)
        return Errno::Einval;
    if (pid != caller.process().pid())
        return Errno::Esrch;
    return send_to_thread(caller, tid, signal);
}

} // namespace farl
