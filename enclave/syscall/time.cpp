#include "enclave/syscall/time.h"

#include "enclave/hostcall/channel.h"
#include "enclave/process/time_values.h"
#include "enclave/process/vdso_mapping.h"
#include "enclave/syscall/clocks.h"

namespace farl {

namespace {

Result<> sleep_until(uint64_t deadline_ns)
{
    auto& fiber = Thread::current().fiber();
    while (scheduler().now_ns() < deadline_ns) {
        if (fiber.interrupt_requested.load())
            return Errno::Eintr;
        scheduler().park(deadline_ns);
    }
    return {};
}

Result<> sleep_for(uint64_t ns, UserOut<timespec> remaining)
{
    auto deadline_ns = Thread::current().first_deadline(scheduler().now_ns() + ns);
    auto slept = sleep_until(deadline_ns);
    if (slept.is_error() && remaining) {
        auto now = scheduler().now_ns();
        TRY(remaining.write(to_timespec(deadline_ns > now ? deadline_ns - now : 0)));
    }
    return slept;
}

} // namespace

// clock_gettime(2)
Result<> sys_clock_gettime(Thread&, int clock, UserOut<timespec> now)
{
    refresh_clock();
    return now.write(to_timespec(TRY(now_of(clock))));
}

// clock_getres(2)
Result<> sys_clock_getres(Thread&, int clock, UserOut<timespec> resolution)
{
    TRY(now_of(clock));
    return resolution ? resolution.write(to_timespec(resolution_ns(clock))) : Result<> {};
}

// clock_settime(2): no capability for it
Result<> sys_clock_settime(Thread&, int clock, UserIn<timespec> now)
{
    TRY(to_ns(TRY(now.read())));
    bool can_be_set = clock == CLOCK_REALTIME || (clock < 0 && now_of(clock).is_ok());
    return can_be_set ? Errno::Eperm : Errno::Einval;
}

// clock_nanosleep(2)
Result<> sys_clock_nanosleep(Thread&, int clock, int flags, UserIn<timespec> request, UserOut<timespec> remaining)
{
    TRY(check_wakes(clock));
    if (clock == CLOCK_THREAD_CPUTIME_ID)
        return Errno::Eopnotsupp;
    auto ns = TRY(to_ns(TRY(request.read())));
    if (is_own_thread_time(clock))
        return Errno::Einval;
    return flags & TIMER_ABSTIME ? sleep_until(TRY(absolute_deadline(clock, ns))) : sleep_for(ns, remaining);
}

// nanosleep(2)
Result<> sys_nanosleep(Thread&, UserIn<timespec> request, UserOut<timespec> remaining)
{
    return sleep_for(TRY(to_ns(TRY(request.read()))), remaining);
}

// gettimeofday(2)
Result<> sys_gettimeofday(Thread&, UserOut<timeval> now, UserOut<struct timezone> zone)
{
    refresh_clock();
    if (now)
        TRY(now.write(to_timeval(monotonic_ns() + realtime_offset_ns())));
    return zone ? zone.write({ 0, 0 }) : Result<> {};
}

// adjtimex(2): the clock is the host's, and nobody inside knows how good it is
Result<int> sys_adjtimex(Thread&, uint64_t clock)
{
    constexpr long kTickUs = 10'000, kMostDriftPpm = 500 << 16, kWorstErrorUs = 16'000'000;
    if (TRY(UserIn<struct timex> { clock }.read()).modes)
        return Errno::Eperm;
    struct timex told { };
    told.status = STA_UNSYNC;
    told.maxerror = told.esterror = kWorstErrorUs;
    told.constant = 2;
    told.precision = 1;
    told.tolerance = kMostDriftPpm;
    told.tick = kTickUs;
    auto now = to_timespec(monotonic_ns() + realtime_offset_ns());
    told.time = { now.tv_sec, now.tv_nsec / 1000 };
    told.tai = static_cast<int>((tai_offset_ns() - realtime_offset_ns()) / kNsPerSecond);
    TRY(UserOut<struct timex> { clock }.write(told));
    return TIME_ERROR;
}

// clock_adjtime(2)
Result<int> sys_clock_adjtime(Thread& caller, int clock, uint64_t adjustment)
{
    if (clock == CLOCK_REALTIME)
        return sys_adjtimex(caller, adjustment);
    (void)TRY(UserIn<struct timex> { adjustment }.read());
    return now_of(clock).is_error() ? Errno::Einval : Errno::Eopnotsupp;
}

// settimeofday(2)
Result<> sys_settimeofday(Thread&, UserIn<timeval>, UserIn<struct timezone>) { return Errno::Eperm; }

// time(2)
Result<int64_t> sys_time(Thread&, UserOut<int64_t> now)
{
    refresh_clock();
    auto seconds = static_cast<int64_t>((monotonic_ns() + realtime_offset_ns()) / kNsPerSecond);
    if (now)
        TRY(now.write(seconds));
    return seconds;
}

// times(2)
Result<int64_t> sys_times(Thread&, UserOut<tms> times)
{
    constexpr uint64_t kNsPerTick = kNsPerSecond / 100;
    if (times) {
        auto user = static_cast<clock_t>(TRY(host_clock_ns(CLOCK_PROCESS_CPUTIME_ID)) / kNsPerTick);
        TRY(times.write({ user, 0, 0, 0 }));
    }
    return static_cast<int64_t>(boottime_ns() / kNsPerTick);
}

// getrusage(2)
Result<> sys_getrusage(Thread& caller, int who, UserOut<rusage> usage)
{
    if (who != RUSAGE_SELF && who != RUSAGE_THREAD && who != RUSAGE_CHILDREN)
        return Errno::Einval;
    rusage value {};
    if (who != RUSAGE_CHILDREN) {
        Staging staging;
        auto out = TRY(staging.reserve(sizeof(rusage)));
        TRY(checked_status(host_call(SYS_getrusage, who, out.value())));
        value = host_read<rusage>(out);
    }
    (void)caller;
    return usage.write(value);
}

} // namespace farl
