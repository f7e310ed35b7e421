// Timers: what is to happen at which time. Whoever runs fibers calls run_expired() now and then.
#pragma once

#include "base/spinlock.h"
#include "enclave/sched/timer.h"

namespace farl {

class Timers {
public:
    using Clock = uint64_t (*)(); // monotonic ns

    void arm(Timer& timer, uint64_t deadline_ns);
    // After this the callback does not run and is not running.
    void disarm(Timer& timer);
    // Calls back all that are due. Without timers it does not look at the clock.
    void run_expired(Clock clock)
    {
        if (next_deadline_ns() != kNever)
            run_some(clock);
    }

    uint64_t next_deadline_ns() const { return next_deadline_.load(std::memory_order_relaxed); }

private:
    void run_some(Clock clock);
    void update_next_deadline();

    Spinlock lock_;
    PairingHeap<Timer, &Timer::link, &Timer::deadline_ns> heap_;
    std::atomic<uint64_t> next_deadline_ { kNever };
};

} // namespace farl
