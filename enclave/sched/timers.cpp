#include "enclave/sched/timers.h"

namespace farl {

void Timers::update_next_deadline()
{
    next_deadline_.store(heap_.is_empty() ? kNever : heap_.first()->deadline_ns, std::memory_order_relaxed);
}

void Timers::arm(Timer& timer, uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    ASSERT(!timer.link.is_linked);
    timer.deadline_ns = deadline_ns;
    heap_.insert(timer);
    update_next_deadline();
}

void Timers::disarm(Timer& timer)
{
    bool was_firing;
    do { // a callback that runs may arm its timer again
        {
            LockGuard guard(lock_);
            if (timer.link.is_linked) {
                heap_.remove(timer);
                update_next_deadline();
            }
        }
        was_firing = timer.is_firing.load(std::memory_order_acquire);
        while (timer.is_firing.load(std::memory_order_acquire))
            __builtin_ia32_pause();
    } while (was_firing);
}

void Timers::run_some(Clock clock)
{
    while (next_deadline_ns() != kNever) {
        auto now = clock();
        if (next_deadline_ns() > now)
            return;
        Timer* timer;
        {
            LockGuard guard(lock_);
            timer = heap_.first();
            if (!timer || timer->deadline_ns > now)
                return;
            heap_.remove(*timer);
            update_next_deadline();
            timer->is_firing.store(true, std::memory_order_relaxed);
        }
        // The owner may disarm, and then free the timer, as soon as is_firing falls.
        timer->callback(*timer);
        timer->is_firing.store(false, std::memory_order_release);
    }
}

} // namespace farl
