// What the scheduler counts: each carrier for itself, in memory of its own, and nobody waits for anybody; a sum may
// miss what happens meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

namespace farl {

// Written by one carrier, read by all.
class Counter {
public:
    void add(uint64_t count) { value_.store(value() + count, std::memory_order_relaxed); }
    void operator++() { add(1); }
    uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint64_t> value_ { 0 };
};

struct alignas(64) CarrierStatistics {
    Counter exits;    // for calls
    Counter switches; // from one context to another
    Counter stolen;   // fibers taken from another carrier's queue
    Counter sleeps;   // outside, having found nothing
    Counter wakes;    // of sleeping carriers, sent for by this one
    Counter finds;    // in back-off: a sleep that was not needed
    Counter backoff_ns;
    Counter fibers, parks, unparks; // started; stopped and set going again
    Counter most_parked;            // seen whenever this carrier was about to sleep
};

struct SchedulerStatistics {
    uint64_t carriers, exits, switches, stolen, sleeps, wakes, finds, backoff_ns;
    uint64_t parked, most_parked; // fibers that wait, now and the most seen
    uint64_t most_queued;         // in one run queue
};

} // namespace farl
