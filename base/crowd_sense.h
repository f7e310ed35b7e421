// CrowdSense: whether others want the processor that a thread spins on. It notices that it was off the processor in
// between; then spinning keeps from running whom it waits for, and to sleep is quicker. After a while it tries again.
#pragma once

#include <cstdint>

namespace farl {

class CrowdSense {
public:
    // All times are ticks of the time-stamp counter.
    static constexpr uint64_t kAway = 60'000;        // between two looks: tens of microseconds
    static constexpr uint64_t kMemory = 100'000'000; // tens of milliseconds

    bool is_crowded(uint64_t now) const { return now < crowded_until_; }
    // Before the first look, and then at each.
    void begin(uint64_t now) { last_ = now; }
    void look(uint64_t now, uint64_t away = kAway)
    {
        if (now - last_ > away)
            crowded_until_ = now + kMemory;
        last_ = now;
    }

private:
    uint64_t last_ { 0 };
    uint64_t crowded_until_ { 0 };
};

} // namespace farl
