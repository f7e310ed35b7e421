// The clocks that calls may name, clock_gettime(2): what time they tell, and who can sleep on them.
#pragma once

#include "base/result.h"

#include <cstdint>

namespace farl {

// EINVAL for a clock that does not exist.
Result<uint64_t> now_of(int clock);

uint64_t resolution_ns(int clock);

// EOPNOTSUPP for a clock that tells time but wakes nobody.
Result<> check_wakes(int clock);

// The processor time of the calling thread, named by its number.
bool is_own_thread_time(int clock);

// An absolute time of a clock that wakes, as a monotonic deadline; never 0.
// Processor time passes like that of the wall from here on.
Result<uint64_t> absolute_deadline(int clock, uint64_t ns);

// The host's word for CLOCK_PROCESS_CPUTIME_ID or CLOCK_THREAD_CPUTIME_ID.
Result<uint64_t> host_clock_ns(int clock);

} // namespace farl
