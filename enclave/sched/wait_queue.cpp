#include "enclave/sched/wait_queue.h"

namespace farl {

void WaitQueue::park(Spinlock& lock, Waiter& waiter, uint64_t deadline_ns)
{
    waiters_.push_back(waiter);
    lock.unlock();
    scheduler().park(deadline_ns);
    lock.lock();
    if (waiter.link.is_linked())
        waiters_.remove(waiter);
}

Result<> WaitQueue::wait(Spinlock& lock, uint64_t deadline_ns)
{
    auto& fiber = *Carrier::current().fiber;
    if (fiber.interrupt_requested.load())
        return Errno::Eintr;
    if (deadline_ns != kNever && scheduler().now_ns() >= deadline_ns)
        return Errno::Etimedout;
    Waiter waiter { .fiber = &fiber };
    park(lock, waiter, deadline_ns);
    return {};
}

void WaitQueue::wait_uninterruptibly(Spinlock& lock)
{
    Waiter waiter { .fiber = Carrier::current().fiber };
    park(lock, waiter, kNever);
}

void WaitQueue::wake_all()
{
    while (wake_one()) { }
}

bool WaitQueue::wake_one()
{
    auto* waiter = waiters_.pop_front();
    if (!waiter)
        return false;
    scheduler().unpark(*waiter->fiber);
    return true;
}

void Mutex::lock()
{
    LockGuard guard(spinlock_);
    while (is_locked_)
        waiters_.wait_uninterruptibly(spinlock_);
    is_locked_ = true;
}

bool Mutex::try_lock()
{
    LockGuard guard(spinlock_);
    return !std::exchange(is_locked_, true);
}

void Mutex::unlock()
{
    LockGuard guard(spinlock_);
    is_locked_ = false;
    waiters_.wake_one();
}

} // namespace farl
