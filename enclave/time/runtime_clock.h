// The runtime's clock: time without leaving the enclave, from the time-stamp counter and samples of the host's clocks.
// HOST: the host decides how fast time goes; what is checked is that monotonic time never goes back.
#pragma once

#include "base/result.h"

#include <cstdint>

namespace farl {

uint64_t monotonic_ns();
uint64_t boottime_ns();
// What to add to monotonic time, now.
uint64_t realtime_offset_ns();

struct ClockSample {
    uint64_t tsc;
    uint64_t monotonic_ns;
    uint64_t realtime_ns;
    uint64_t boottime_ns;
};

// Two samples taken at start; EINVAL if they make no sense.
Result<> initialise_clock(ClockSample const& first, ClockSample const& second);

} // namespace farl
