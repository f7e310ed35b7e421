#include "enclave/syscall/deadline.h"

#include <sys/time.h>

namespace farl {

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr int64_t kFarAway = 1ll << 33; // seconds; beyond this arithmetic could wrap

Result<uint64_t> deadline_of(int64_t seconds, int64_t ns)
{
    if (seconds < 0 || ns < 0 || ns >= static_cast<int64_t>(kSecond))
        return Errno::Einval;
    if (seconds > kFarAway)
        return kNever;
    return deadline_after(static_cast<uint64_t>(seconds) * kSecond + static_cast<uint64_t>(ns));
}

uint64_t time_left(uint64_t deadline_ns)
{
    auto now = scheduler().now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}

} // namespace

uint64_t deadline_after(uint64_t ns)
{
    if (!ns)
        return 0;
    auto now = scheduler().now_ns();
    return ns < kNever - now ? now + ns : kNever;
}

bool has_passed(uint64_t deadline_ns) { return deadline_ns != kNever && scheduler().now_ns() >= deadline_ns; }

Result<uint64_t> read_timeout(uint64_t user_timespec)
{
    if (!user_timespec)
        return kNever;
    auto given = TRY(UserIn<timespec> { user_timespec }.read());
    return deadline_of(given.tv_sec, given.tv_nsec);
}

Result<uint64_t> read_timeout_us(uint64_t user_timeval)
{
    if (!user_timeval)
        return kNever;
    auto given = TRY(UserIn<timeval> { user_timeval }.read());
    auto seconds = given.tv_sec + given.tv_usec / 1'000'000;
    return deadline_of(seconds, given.tv_usec % 1'000'000 * 1000);
}

// As Linux, a time-out that cannot be written is left alone.
Result<> write_time_left(uint64_t user_timespec, uint64_t deadline_ns)
{
    auto left = time_left(deadline_ns);
    timespec value { static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond) };
    if (user_timespec && deadline_ns != kNever)
        (void)UserOut<timespec> { user_timespec }.write(value);
    return {};
}

Result<> write_time_left_us(uint64_t user_timeval, uint64_t deadline_ns)
{
    auto left = time_left(deadline_ns);
    timeval value { static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond / 1000) };
    if (user_timeval && deadline_ns != kNever)
        (void)UserOut<timeval> { user_timeval }.write(value);
    return {};
}

} // namespace farl
