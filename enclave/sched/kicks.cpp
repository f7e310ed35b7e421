#include "enclave/sched/kicks.h"

namespace farl {

bool Kicks::begin_call(Fiber& self)
{
    LockGuard guard(lock_);
    if (self.kicked.load(std::memory_order_relaxed))
        return false;
    self.is_kickable_ = true;
    return true;
}

void Kicks::end_call(Fiber& self)
{
    LockGuard guard(lock_);
    self.is_kickable_ = false;
    if (self.kick_link_.is_linked())
        fibers_.remove(self);
}

bool Kicks::note(Fiber& fiber)
{
    LockGuard guard(lock_);
    fiber.kicked.store(true, std::memory_order_relaxed);
    if (!fiber.is_kickable_ || fiber.kick_link_.is_linked())
        return false;
    fibers_.push_back(fiber);
    has_any_.store(true, std::memory_order_relaxed);
    return true;
}

// The fiber may be gone as soon as the lock is free.
std::optional<int> Kicks::take()
{
    LockGuard guard(lock_);
    auto* fiber = fibers_.pop_front();
    has_any_.store(!fibers_.is_empty(), std::memory_order_relaxed);
    if (!fiber)
        return {};
    return fiber->carrier_index.load();
}

} // namespace farl
