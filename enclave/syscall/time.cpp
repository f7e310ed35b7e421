#include "enclave/syscall/time.h"

#include "enclave/hostcall/channel.h"
#include "enclave/process/interval_timer.h"
#include "enclave/process/time_values.h"
#include "enclave/process/vdso_mapping.h"

#include <signal.h>

namespace farl {

namespace {

constexpr uint64_t kCoarseResolutionNs = 4'000'000;

// HOST: processor time is the host's word.
Result<uint64_t> host_clock_ns(int clock)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(timespec)));
    TRY(checked_status(host_call(SYS_clock_gettime, clock, out.value())));
    return to_ns(host_read<timespec>(out));
}

bool is_cpu_clock(int clock) { return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID; }

// clock_getcpuclockid(3), pthread_getcpuclockid(3): the complement of a process's or thread's number, whether it is a
// thread's, and which time: of profiling, of the application alone, or all. The fourth kind is a device's clock.
Result<uint64_t> numbered_clock_ns(int clock)
{
    constexpr int kKindMask = 3, kOfThread = 4;
    if ((clock & kKindMask) == kKindMask)
        return Errno::Einval;
    auto& process = Thread::current().process();
    auto id = ~(clock >> 3);
    bool is_known = clock & kOfThread ? id == 0 || process.find_thread(id).is_ok() : id == 0 || id == process.pid();
    if (!is_known)
        return Errno::Einval;
    return host_clock_ns(clock & kOfThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID);
}

Result<uint64_t> now_of(int clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
        return monotonic_ns() + realtime_offset_ns();
    case CLOCK_TAI:
        return monotonic_ns() + tai_offset_ns();
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
        return monotonic_ns();
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return boottime_ns();
    case CLOCK_PROCESS_CPUTIME_ID:
    case CLOCK_THREAD_CPUTIME_ID:
        return host_clock_ns(clock);
    default:
        return clock < 0 ? numbered_clock_ns(clock) : Result<uint64_t>(Errno::Einval);
    }
}

// An absolute time of this clock as a deadline; EINVAL for clocks nobody can sleep on.
Result<uint64_t> absolute_deadline(int clock, uint64_t ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        return monotonic_of_realtime(ns);
    case CLOCK_MONOTONIC:
        return ns;
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        return monotonic_of_boottime(ns);
    default:
        return Errno::Einval;
    }
}

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

itimerval to_itimerval(IntervalSetting setting)
{
    auto rounded = (setting.remaining_ns + 999) / 1000 * 1000;
    return { to_timeval(setting.interval_ns), to_timeval(rounded) };
}

itimerspec to_itimerspec(IntervalSetting setting)
{
    return { to_timespec(setting.interval_ns), to_timespec(setting.remaining_ns) };
}

// struct sigevent of the kernel's ABI.
struct SignalEvent {
    uint64_t value;
    int32_t signal;
    int32_t notify;
    int32_t thread_id;
    int32_t padding[11];
};

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
    if (!resolution)
        return {};
    bool is_coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
    return resolution.write(to_timespec(is_coarse ? kCoarseResolutionNs : 1));
}

// clock_settime(2): no capability for it
Result<> sys_clock_settime(Thread&, int clock, UserIn<timespec> now)
{
    TRY(to_ns(TRY(now.read())));
    return clock == CLOCK_REALTIME ? Errno::Eperm : Errno::Einval;
}

// clock_nanosleep(2)
Result<> sys_clock_nanosleep(Thread&, int clock, int flags, UserIn<timespec> request, UserOut<timespec> remaining)
{
    if (clock == CLOCK_THREAD_CPUTIME_ID || flags & ~TIMER_ABSTIME)
        return Errno::Einval;
    auto ns = TRY(to_ns(TRY(request.read())));
    if (clock == CLOCK_PROCESS_CPUTIME_ID)
        return sleep_for(ns, remaining);
    auto deadline_ns = TRY(absolute_deadline(clock, ns));
    return flags & TIMER_ABSTIME ? sleep_until(deadline_ns) : sleep_for(ns, remaining);
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

// alarm(2): the seconds that were left, rounded up
Result<uint64_t> sys_alarm(Thread&, unsigned seconds)
{
    auto* timer = TRY(process_timers().interval_timer(ITIMER_REAL));
    auto before = timer->set(seconds ? scheduler().now_ns() + seconds * kNsPerSecond : 0, 0);
    return (before.remaining_ns + kNsPerSecond - 1) / kNsPerSecond;
}

// getitimer(2)
Result<> sys_getitimer(Thread&, int which, UserOut<itimerval> value)
{
    return value.write(to_itimerval(TRY(process_timers().interval_timer(which))->get()));
}

// setitimer(2)
Result<> sys_setitimer(Thread&, int which, UserIn<itimerval> value, UserOut<itimerval> old)
{
    auto* timer = TRY(process_timers().interval_timer(which));
    auto given = value ? TRY(value.read()) : itimerval {};
    auto remaining_ns = TRY(to_ns(given.it_value));
    auto interval_ns = TRY(to_ns(given.it_interval));
    auto before = timer->set(remaining_ns ? scheduler().now_ns() + remaining_ns : 0, interval_ns);
    return old ? old.write(to_itimerval(before)) : Result<> {};
}

// timer_create(2)
Result<> sys_timer_create(Thread& caller, int clock, uint64_t event, UserOut<int> id)
{
    TRY(now_of(clock));
    SignalEvent given { .signal = kSigAlrm, .notify = SIGEV_SIGNAL };
    if (event)
        TRY(copy_from_user(&given, event, sizeof(given)));
    if (given.notify != SIGEV_SIGNAL && given.notify != SIGEV_NONE && given.notify != (SIGEV_SIGNAL | SIGEV_THREAD_ID))
        return Errno::Einval;
    bool is_for_thread = given.notify & SIGEV_THREAD_ID;
    if (is_for_thread && caller.process().find_thread(given.thread_id).is_error())
        return Errno::Einval;
    if (given.notify != SIGEV_NONE && !is_signal(given.signal))
        return Errno::Einval;
    SignalInfo info;
    info.signal = given.notify == SIGEV_NONE ? 0 : given.signal;
    info.code = kSiTimer;
    info.timer.value = given.value;
    auto created = TRY(process_timers().create(info, is_for_thread ? given.thread_id : 0, clock));
    return id.write(created);
}

// timer_settime(2)
Result<> sys_timer_settime(Thread&, int id, int flags, UserIn<itimerspec> value, UserOut<itimerspec> old)
{
    if (!value)
        return Errno::Einval;
    auto given = TRY(value.read());
    auto remaining_ns = TRY(to_ns(given.it_value));
    auto interval_ns = TRY(to_ns(given.it_interval));
    auto* timer = TRY(process_timers().find(id));
    auto clock = TRY(process_timers().clock_of(id));
    uint64_t deadline_ns = 0;
    if (remaining_ns && (flags & TIMER_ABSTIME) && !is_cpu_clock(clock)) {
        deadline_ns = TRY(absolute_deadline(clock, remaining_ns));
        deadline_ns = deadline_ns ? deadline_ns : 1;
    } else if (remaining_ns) {
        deadline_ns = scheduler().now_ns() + remaining_ns;
    }
    auto before = timer->set(deadline_ns, interval_ns);
    return old ? old.write(to_itimerspec(before)) : Result<> {};
}

// timer_gettime(2)
Result<> sys_timer_gettime(Thread&, int id, UserOut<itimerspec> value)
{
    return value.write(to_itimerspec(TRY(process_timers().find(id))->get()));
}

// timer_getoverrun(2)
Result<int> sys_timer_getoverrun(Thread&, int id) { return TRY(process_timers().find(id))->overrun(); }

// timer_delete(2)
Result<> sys_timer_delete(Thread&, int id) { return process_timers().remove(id); }

} // namespace farl
