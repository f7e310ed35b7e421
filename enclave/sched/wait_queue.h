// WaitQueue: fibers that wait for a condition which its owner guards with a lock. Wake-ups may be spurious.
//
//     LockGuard guard(lock);
//     while (!condition)
//         TRY(queue.wait(lock, deadline));      // lock is released while parked
#pragma once

#include "base/spinlock.h"
#include "enclave/sched/scheduler.h"

namespace farl {

class WaitQueue {
public:
    // Called with `lock` held; returns with it held. ETIMEDOUT at the deadline, EINTR if the fiber was asked to look at
    // a signal. Success says only: check the condition again.
    Result<> wait(Spinlock& lock, uint64_t deadline_ns = kNever);
    // For waits that a signal must not end.
    void wait_uninterruptibly(Spinlock& lock);

    // Called with the same lock held.
    void wake_all();
    bool wake_one();
    bool is_empty() const { return waiters_.is_empty(); }

private:
    struct Waiter {
        Fiber* fiber;
        ListLink link;
    };
    void park(Spinlock& lock, Waiter& waiter, uint64_t deadline_ns);

    IntrusiveList<Waiter, &Waiter::link> waiters_;
};

// Mutex: for critical sections that may leave the enclave or park. Fair enough, not recursive.
class Mutex {
public:
    void lock();
    bool try_lock();
    void unlock();

private:
    Spinlock spinlock_;
    bool is_locked_ { false };
    WaitQueue waiters_;
};

} // namespace farl
