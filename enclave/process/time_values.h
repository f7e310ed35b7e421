// timespec, timeval and deadlines: the conversions system calls share. Deadlines are monotonic nanoseconds.
#pragma once

#include "enclave/sched/scheduler.h"
#include "enclave/time/runtime_clock.h"

#include <sys/time.h>
#include <time.h>

namespace farl {

inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

inline timespec to_timespec(uint64_t ns)
{
    return { static_cast<time_t>(ns / kNsPerSecond), static_cast<long>(ns % kNsPerSecond) };
}

inline timeval to_timeval(uint64_t ns)
{
    return { static_cast<time_t>(ns / kNsPerSecond), static_cast<suseconds_t>(ns % kNsPerSecond / 1000) };
}

// EINVAL if negative or not normal. What is too far away to matter is capped.
inline Result<uint64_t> to_ns(timespec const& value)
{
    constexpr int64_t kFarthest = 1ll << 32;
    if (value.tv_sec < 0 || value.tv_nsec < 0 || value.tv_nsec >= static_cast<long>(kNsPerSecond))
        return Errno::Einval;
    auto seconds = value.tv_sec < kFarthest ? value.tv_sec : kFarthest;
    return static_cast<uint64_t>(seconds) * kNsPerSecond + static_cast<uint64_t>(value.tv_nsec);
}

inline Result<uint64_t> to_ns(timeval const& value)
{
    if (value.tv_usec < 0 || value.tv_usec >= 1'000'000)
        return Errno::Einval;
    return to_ns(timespec { value.tv_sec, value.tv_usec * 1000 });
}

inline Result<uint64_t> deadline_after(timespec const& timeout) { return scheduler().now_ns() + TRY(to_ns(timeout)); }

} // namespace farl
