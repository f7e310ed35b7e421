#include "enclave/syscall/process_calls.h"

#include "enclave/hostcall/delaying.h"
#include "enclave/process/futex.h"
#include "enclave/process/process.h"
#include "enclave/sched/gate.h"
#include "enclave/time/runtime_clock.h"

#include <climits>
#include <linux/sched.h>
#include <time.h>

namespace farl {

namespace {

constexpr uint64_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

struct CloneRequest {
    uint64_t flags;
    uint64_t stack; // 0: the caller's
    UserOut<int> parent_tid;
    UserOut<int> child_tid;
    uint64_t tls;
};

// The new thread continues where the caller does, with 0 in RAX and its own stack.
Result<int> clone_thread(Thread& caller, CloneRequest const& request)
{
    bool is_thread = request.flags & CLONE_THREAD;
    bool shares_handlers = request.flags & CLONE_SIGHAND;
    if ((is_thread && !shares_handlers) || (shares_handlers && !(request.flags & CLONE_VM)))
        return Errno::Einval;
    if ((request.flags & kThreadFlags) != kThreadFlags)
        return Errno::Enosys; // a new process
    auto& process = caller.process();
    auto tid = process.allocate_tid();
    auto thread = TRY(Thread::create(process, tid));

    thread->frame() = caller.frame();
    thread->frame().rax = 0;
    thread->frame().orig_rax = ~0ull;
    if (request.stack)
        thread->frame().rsp = request.stack;
    thread->fiber().fs_base = request.flags & CLONE_SETTLS ? request.tls : read_fs_base();
    farl_vectors_save(&thread->fiber().vectors); // the child starts with the caller's registers
    farl_vectors_restore(&thread->fiber().vectors);
    thread->blocked = caller.blocked;
    thread->processors = caller.processors;
    thread->scheduling_policy = caller.scheduling_policy.load();
    __builtin_memcpy(thread->name, caller.name, sizeof(thread->name));
    if (request.flags & CLONE_CHILD_CLEARTID)
        thread->clear_child_tid = request.child_tid.address;
    if (request.flags & CLONE_PARENT_SETTID)
        TRY(request.parent_tid.write(tid));
    if (request.flags & CLONE_CHILD_SETTID)
        TRY(request.child_tid.write(tid));
    thread->start();
    return tid;
}

// The deadline of a futex wait: FUTEX_WAIT's time-out is relative, all others are absolute.
Result<uint64_t> futex_deadline(uint64_t timeout, bool is_relative, bool is_realtime)
{
    if (!timeout)
        return kNever;
    auto given = TRY(UserIn<timespec> { timeout }.read());
    if (given.tv_sec < 0 || given.tv_nsec < 0 || given.tv_nsec >= 1'000'000'000)
        return Errno::Einval;
    constexpr int64_t kFarAway = 1ll << 33; // seconds; beyond this arithmetic could wrap
    if (given.tv_sec > kFarAway)
        return kNever;
    auto ns = static_cast<uint64_t>(given.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(given.tv_nsec);
    if (is_relative)
        return scheduler().now_ns() + ns;
    if (!is_realtime)
        return ns;
    auto offset = realtime_offset_ns();
    return ns > offset ? ns - offset : 0;
}

// After a signal that is handled a wait with a time-out does not come back, whatever SA_RESTART says (signal(7)).
Result<> wait_for_futex(Thread& caller, uint64_t address, uint32_t expected, uint64_t deadline_ns, uint32_t bitset)
{
    if (deadline_ns != kNever)
        caller.fiber().restart = Restart::Unhandled;
    return futex_wait(address, expected, caller.first_deadline(deadline_ns), bitset);
}

// No signal ends the wait for a lock.
Result<> lock_futex(Thread& caller, uint64_t address, uint64_t deadline_ns)
{
    caller.fiber().restart = Restart::Always;
    return futex_lock_pi(address, deadline_ns, false);
}

} // namespace

// exit(2)
Result<> sys_exit(Thread& caller, int status)
{
    make_delayed_calls(); // nobody else would
    caller.exit(status);
}

// exit_group(2)
Result<> sys_exit_group(Thread& caller, int status) { caller.process().exit(status); }

// getpid(2)
Result<int> sys_getpid(Thread& caller) { return caller.process().pid(); }

// gettid(2)
Result<int> sys_gettid(Thread& caller) { return caller.tid(); }

// set_tid_address(2)
Result<int> sys_set_tid_address(Thread& caller, uint64_t address)
{
    caller.clear_child_tid = address;
    return caller.tid();
}

// set_robust_list(2)
Result<> sys_set_robust_list(Thread& caller, uint64_t head, size_t size)
{
    if (size != 24)
        return Errno::Einval;
    caller.robust_list = head;
    return {};
}

// arch_prctl(2): GS is the runtime's
Result<> sys_arch_prctl(Thread&, int operation, uint64_t address)
{
    constexpr int kSetGs = 0x1001, kSetFs = 0x1002, kGetFs = 0x1003, kGetGs = 0x1004;
    switch (operation) {
    case kSetFs:
        if (address >= 1ull << 47)
            return Errno::Eperm;
        write_fs_base(address);
        return {};
    case kGetFs:
        return UserOut<uint64_t> { address }.write(read_fs_base());
    case kGetGs:
        return UserOut<uint64_t> { address }.write(0);
    case kSetGs:
        return address ? Errno::Eperm : Result<> {};
    default:
        return Errno::Einval;
    }
}

// clone(2)
Result<int> sys_clone(
    Thread& caller, uint64_t flags, uint64_t stack, UserOut<int> parent_tid, UserOut<int> child_tid, uint64_t tls)
{
    return clone_thread(caller, { flags & ~0xffull, stack, parent_tid, child_tid, tls });
}

// clone3(2)
Result<int> sys_clone3(Thread& caller, uint64_t arguments, size_t size)
{
    constexpr size_t kFirstVersion = 64;
    if (size > kPageSize)
        return Errno::E2big;
    if (size < kFirstVersion)
        return Errno::Einval;
    clone_args given {};
    TRY(copy_from_user(&given, arguments, size < sizeof(given) ? size : sizeof(given)));
    if (given.flags & CLONE_PIDFD || given.set_tid || given.cgroup || (!given.stack != !given.stack_size))
        return Errno::Einval;
    return clone_thread(caller,
        { given.flags, given.stack ? given.stack + given.stack_size : 0, { given.parent_tid }, { given.child_tid },
            given.tls });
}

// futex(2)
Result<uint64_t> sys_futex(
    Thread& caller, uint64_t address, int operation, uint32_t value, uint64_t timeout, uint64_t second, uint32_t third)
{
    constexpr int kPrivate = 128, kRealtime = 256;
    enum {
        Wait,
        Wake,
        Fd,
        Requeue,
        CompareRequeue,
        WakeOp,
        LockPi,
        UnlockPi,
        TrylockPi,
        WaitBitset,
        WakeBitset,
        WaitRequeuePi,
        CompareRequeuePi,
        LockPi2
    };
    auto command = operation & ~(kPrivate | kRealtime);
    bool is_realtime = operation & kRealtime;
    if (is_realtime && command != WaitBitset && command != WaitRequeuePi && command != LockPi2)
        return Errno::Enosys;
    if (!is_aligned(address, 4))
        return Errno::Einval;
    if (!is_user_range(address, 4))
        return Errno::Efault;
    // A futex that other processes might share is found by its page, so there has to be one.
    if (uint32_t value_there; !(operation & kPrivate))
        TRY(copy_from_user(&value_there, address, sizeof(value_there)));
    if (auto* absent = absent_pages()) {
        absent->bring_in(address, sizeof(uint32_t));
        if (command == WakeOp && is_user_range(second, sizeof(uint32_t)))
            absent->bring_in(second, sizeof(uint32_t));
    }
    auto second_count = static_cast<uint32_t>(timeout); // requeue and wake-op pass a number there
    auto zero = [](Result<> result) -> Result<uint64_t> {
        if (result.is_error())
            return result.error();
        return uint64_t { 0 };
    };
    switch (command) {
    case Wait:
        third = kFutexBitsetAll;
        [[fallthrough]];
    case WaitBitset: {
        auto deadline = TRY(futex_deadline(timeout, command == Wait, is_realtime));
        return zero(wait_for_futex(caller, address, value, deadline, third));
    }
    case Wake:
        return futex_wake(address, value);
    case WakeBitset:
        if (!third)
            return Errno::Einval;
        return futex_wake(address, value, third);
    case Requeue:
        return futex_requeue(address, value, second_count, second, nullptr);
    case CompareRequeue:
        return futex_requeue(address, value, second_count, second, &third);
    case WakeOp:
        return futex_wake_operation(address, value, second, second_count, third);
    case LockPi:
        return zero(lock_futex(caller, address, TRY(futex_deadline(timeout, false, true))));
    case LockPi2:
        return zero(lock_futex(caller, address, TRY(futex_deadline(timeout, false, is_realtime))));
    case TrylockPi:
        return zero(futex_lock_pi(address, kNever, true));
    case UnlockPi:
        return zero(futex_unlock_pi(address));
    default:
        return Errno::Enosys;
    }
}

// get_robust_list(2)
Result<> sys_get_robust_list(Thread& caller, int tid, UserOut<uint64_t> head, UserOut<uint64_t> size)
{
    constexpr uint64_t kHeadSize = 24;
    auto address = tid ? TRY(caller.process().find_thread(tid))->robust_list : caller.robust_list;
    TRY(size.write(kHeadSize));
    return head.write(address);
}

// wait4(2): there are no children
Result<int> sys_wait4(Thread&, int pid, uint64_t, int options, uint64_t)
{
    constexpr int kNoHang = 1, kUntraced = 2, kContinued = 8, kThreadFlags = static_cast<int>(0xe000'0000);
    if (options & ~(kNoHang | kUntraced | kContinued | kThreadFlags))
        return Errno::Einval;
    if (pid == INT_MIN)
        return Errno::Esrch;
    return Errno::Echild;
}

// waitid(2): there are no children
Result<> sys_waitid(Thread&, int type, int, uint64_t, int options, uint64_t)
{
    constexpr int kNoHang = 1, kStopped = 2, kExited = 4, kContinued = 8, kNoWait = 0x0100'0000, kLastType = 3;
    constexpr int kThreadFlags = static_cast<int>(0xe000'0000);
    bool asks_for_something = options & (kExited | kStopped | kContinued);
    if (type < 0 || type > kLastType || !asks_for_something
        || (options & ~(kNoHang | kStopped | kExited | kContinued | kNoWait | kThreadFlags)))
        return Errno::Einval;
    return Errno::Echild;
}

// sched_yield(2)
Result<> sys_sched_yield(Thread&)
{
    scheduler().yield();
    return {};
}

} // namespace farl
