#include "enclave/syscall/timers.h"

#include "enclave/process/interval_timer.h"
#include "enclave/process/time_values.h"
#include "enclave/syscall/clocks.h"

#include <signal.h>

namespace farl {

namespace {

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

Result<> check_event(Thread& caller, SignalEvent const& event)
{
    constexpr int kThreadSignal = SIGEV_SIGNAL | SIGEV_THREAD_ID;
    if (event.notify != SIGEV_SIGNAL && event.notify != SIGEV_NONE && event.notify != kThreadSignal)
        return Errno::Einval;
    if (event.notify == kThreadSignal && caller.process().find_thread(event.thread_id).is_error())
        return Errno::Einval;
    if (event.notify != SIGEV_NONE && !is_signal(event.signal))
        return Errno::Einval;
    return {};
}

} // namespace

// alarm(2): the seconds that were left, rounded up
Result<uint64_t> sys_alarm(Thread&, unsigned seconds)
{
    auto timer = TRY(process_timers().interval_timer(ITIMER_REAL));
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
    auto timer = TRY(process_timers().interval_timer(which));
    auto given = value ? TRY(value.read()) : itimerval {};
    auto remaining_ns = TRY(to_ns(given.it_value));
    auto interval_ns = TRY(to_ns(given.it_interval));
    auto before = timer->set(remaining_ns ? scheduler().now_ns() + remaining_ns : 0, interval_ns);
    return old ? old.write(to_itimerval(before)) : Result<> {};
}

// timer_create(2)
Result<> sys_timer_create(Thread& caller, int clock, uint64_t event, UserOut<int> id)
{
    SignalEvent given { .signal = kSigAlrm, .notify = SIGEV_SIGNAL };
    if (event)
        TRY(copy_from_user(&given, event, sizeof(given)));
    TRY(check_wakes(clock));
    TRY(check_event(caller, given));
    SignalInfo info;
    info.signal = given.notify == SIGEV_NONE ? 0 : given.signal;
    info.code = kSiTimer;
    info.timer.value = given.value;
    auto tid = given.notify & SIGEV_THREAD_ID ? given.thread_id : 0;
    auto timer = TRY(process_timers().create(info, tid, clock));
    if (!event)
        timer->set_value(static_cast<uint64_t>(timer->number()));
    auto told = id.write(timer->number());
    if (told.is_error())
        (void)process_timers().remove(timer->number());
    return told;
}

// timer_settime(2)
Result<> sys_timer_settime(Thread&, int id, int flags, UserIn<itimerspec> value, UserOut<itimerspec> old)
{
    if (!value)
        return Errno::Einval;
    auto given = TRY(value.read());
    auto first_ns = TRY(to_ns(given.it_value));
    auto interval_ns = TRY(to_ns(given.it_interval));
    auto timer = TRY(process_timers().find(id));
    uint64_t deadline_ns = 0;
    if (first_ns)
        deadline_ns =
            flags & TIMER_ABSTIME ? TRY(absolute_deadline(timer->clock(), first_ns)) : scheduler().now_ns() + first_ns;
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
