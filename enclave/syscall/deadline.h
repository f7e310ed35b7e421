// Time-outs of calls that wait, as points of monotonic time: 0 is "do not wait", kNever "for ever".
#pragma once

#include "enclave/memory/user_memory.h"
#include "enclave/sched/scheduler.h"

namespace farl {

// For a relative time in nanoseconds; what lies too far away is never.
uint64_t deadline_after(uint64_t ns);
bool has_passed(uint64_t deadline_ns);

// A relative struct timespec, or kNever for a null pointer. EINVAL unless it is normalised and not negative.
Result<uint64_t> read_timeout(uint64_t user_timespec);
// A relative struct timeval, as select(2) takes it: seconds and microseconds need not be normalised.
Result<uint64_t> read_timeout_us(uint64_t user_timeval);

// What is left, for calls that tell: pselect6, ppoll, recvmmsg, select.
Result<> write_time_left(uint64_t user_timespec, uint64_t deadline_ns);
Result<> write_time_left_us(uint64_t user_timeval, uint64_t deadline_ns);

} // namespace farl
