// Clocks, sleeping and timers.
#include "tests/support/behaviour.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

enum { kBillion = 1000000000, kManySeconds = 30 };

static int64_t in_ns(struct timespec time) { return time.tv_sec * (int64_t)kBillion + time.tv_nsec; }

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return in_ns(now);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    ++alarms;
}

static void catch_alarms(int flags)
{
    alarms = 0;
    struct sigaction action = { .sa_handler = count_alarm, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
}

BEHAVIOUR(the_monotonic_clock_never_goes_back)
{
    int64_t last = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < 100000; ++i) {
        int64_t now = clock_ns(CLOCK_MONOTONIC);
        CHECK(now >= last);
        last = now;
    }
}

static void* watch_the_clock(void* latest)
{
    for (int i = 0; i < 20000; ++i) {
        int64_t seen = __atomic_load_n((int64_t*)latest, __ATOMIC_SEQ_CST);
        int64_t now = clock_ns(CLOCK_MONOTONIC);
        EXPECT(now >= seen);
        __atomic_store_n((int64_t*)latest, now, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

BEHAVIOUR(the_monotonic_clock_agrees_between_threads)
{
    int64_t latest = 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, watch_the_clock, &latest), 0);
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

BEHAVIOUR(the_ways_to_ask_for_the_time_agree)
{
    int64_t before = clock_ns(CLOCK_REALTIME);
    struct timeval now;
    CHECK_OK(gettimeofday(&now, NULL));
    int64_t after = clock_ns(CLOCK_REALTIME);
    int64_t asked = now.tv_sec * (int64_t)kBillion + now.tv_usec * 1000LL;
    CHECK(asked >= before - 1000 && asked <= after);
    time_t seconds = time(NULL);
    CHECK(seconds >= before / kBillion - 1 && seconds <= clock_ns(CLOCK_REALTIME) / kBillion);
    CHECK_EQ(now.tv_usec >= 0 && now.tv_usec < 1000000, 1);
}

BEHAVIOUR(the_system_call_and_the_vdso_agree)
{
    struct timespec before, raw, after;
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &before));
    CHECK_OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &raw));
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &after));
    CHECK(in_ns(before) <= in_ns(raw) && in_ns(raw) <= in_ns(after));
}

BEHAVIOUR(the_clock_is_that_of_this_century)
{
    CHECK(time(NULL) > 1600000000);
    CHECK(clock_ns(CLOCK_REALTIME) / kBillion > 1600000000);
    CHECK(clock_ns(CLOCK_MONOTONIC) > 0);
    CHECK(clock_ns(CLOCK_BOOTTIME) >= clock_ns(CLOCK_MONOTONIC) - kBillion);
}

BEHAVIOUR(all_clocks_can_be_read)
{
    static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
        CLOCK_TAI };
    for (size_t i = 0; i < COUNT_OF(clocks); ++i) {
        struct timespec now = { -1, -1 }, resolution = { -1, -1 };
        CHECK_OK(clock_gettime(clocks[i], &now));
        CHECK(now.tv_sec >= 0 && now.tv_nsec >= 0 && now.tv_nsec < kBillion);
        CHECK_OK(clock_getres(clocks[i], &resolution));
        CHECK_EQ(resolution.tv_sec, 0);
        CHECK(resolution.tv_nsec > 0);
    }
}

BEHAVIOUR(unknown_clocks_are_refused)
{
    struct timespec now;
    CHECK_ERRNO(clock_gettime(99, &now), EINVAL);
    CHECK_ERRNO(clock_gettime(INT_MAX, &now), EINVAL);
    CHECK_ERRNO(clock_getres(99, &now), EINVAL);
    CHECK_ERRNO(clock_settime(99, &now), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_gettime, -1, &now), EINVAL);
}

BEHAVIOUR(clock_calls_check_their_pointers)
{
    CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_REALTIME, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_clock_getres, CLOCK_REALTIME, bad_pointer()), EFAULT);
    CHECK_OK(syscall(SYS_clock_getres, CLOCK_REALTIME, NULL));
    CHECK_ERRNO(syscall(SYS_gettimeofday, bad_pointer(), NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_time, bad_pointer()), EFAULT);
    CHECK_OK(syscall(SYS_gettimeofday, NULL, NULL));
}

BEHAVIOUR(clock_settime_refuses_bad_times)
{
    struct timespec bad = { 0, kBillion };
    CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &bad), EINVAL);
    struct timespec good = { 1, 0 };
    CHECK_ERRNO(clock_settime(CLOCK_MONOTONIC, &good), EINVAL);
    CHECK_ERRNO(syscall(SYS_clock_settime, CLOCK_REALTIME, bad_pointer()), EFAULT);
}

BEHAVIOUR(nanosleep_sleeps_at_least_as_long_as_asked)
{
    int64_t before = now_ns();
    struct timespec time = { 0, 20000000 };
    CHECK_OK(nanosleep(&time, NULL));
    CHECK(now_ns() - before >= 20000000);
}

BEHAVIOUR(nanosleep_checks_what_it_is_given)
{
    struct timespec bad = { 0, kBillion }, negative = { -1, 0 }, under = { 0, -1 };
    CHECK_ERRNO(nanosleep(&bad, NULL), EINVAL);
    CHECK_ERRNO(nanosleep(&negative, NULL), EINVAL);
    CHECK_ERRNO(nanosleep(&under, NULL), EINVAL);
    CHECK_ERRNO(nanosleep(bad_pointer(), NULL), EFAULT);
    struct timespec none = { 0, 0 };
    CHECK_OK(nanosleep(&none, NULL));
}

BEHAVIOUR(an_interrupted_nanosleep_tells_what_remains)
{
    catch_alarms(SA_RESTART);
    struct itimerval soon = { .it_value = { 0, 30000 } };
    CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
    struct timespec time = { kManySeconds, 0 }, left = { 0, 0 };
    CHECK_ERRNO(nanosleep(&time, &left), EINTR);
    CHECK_EQ(alarms, 1);
    CHECK(left.tv_sec <= kManySeconds && left.tv_sec >= kManySeconds - 10);
    CHECK(left.tv_nsec >= 0 && left.tv_nsec < kBillion);
}

BEHAVIOUR(clock_nanosleep_to_an_absolute_time)
{
    struct timespec until;
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &until));
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= kBillion) {
        until.tv_nsec -= kBillion;
        ++until.tv_sec;
    }
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
    CHECK(clock_ns(CLOCK_MONOTONIC) >= in_ns(until));
    struct timespec past = { 1, 0 };
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL), 0);
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL), 0);
}

BEHAVIOUR(clock_nanosleep_gives_its_error_as_a_result)
{
    struct timespec bad = { 0, kBillion }, none = { 0, 0 };
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL), EINVAL);
    CHECK_EQ(clock_nanosleep(99, 0, &none, NULL), EINVAL);
    CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &none, NULL), EINVAL);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, bad_pointer(), NULL), EFAULT);
}

BEHAVIOUR(only_some_clocks_wake_a_sleeper)
{
    const struct timespec moment = { 0, 1000 }, past = { 0, 1 };
    const clockid_t clocks[] = { 0, 1, 3, 4, 5, 6, 7, 10, 11, 12, 100, -1, -2, -3, -4, -5, -12 };
    for (size_t i = 0; i < COUNT_OF(clocks); ++i) {
        long relative = syscall(SYS_clock_nanosleep, clocks[i], 0, &moment, NULL) ? errno : 0;
        long absolute = syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &past, NULL) ? errno : 0;
        struct timespec resolution = { 0, 0 };
        long told = syscall(SYS_clock_getres, clocks[i], &resolution) ? errno : 0;
        say("clock %d: %ld %ld, %ld %ld", clocks[i], relative, absolute, told, resolution.tv_nsec);
    }
    CHECK_OK(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0x70, &moment, NULL));
    CHECK_ERRNO(syscall(SYS_clock_nanosleep, 4, 0, bad_pointer(), NULL), EOPNOTSUPP);
}

BEHAVIOUR(an_interrupted_absolute_sleep_gives_eintr)
{
    catch_alarms(0);
    struct itimerval soon = { .it_value = { 0, 30000 } };
    CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
    struct timespec until, left = { 77, 77 };
    CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &until));
    until.tv_sec += kManySeconds;
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &left), EINTR);
    CHECK_EQ(left.tv_sec, 77);
}

BEHAVIOUR(alarm_tells_the_seconds_that_were_left)
{
    CHECK_EQ(alarm(100), 0);
    CHECK_EQ(alarm(50), 100);
    struct itimerval left;
    CHECK_OK(getitimer(ITIMER_REAL, &left));
    CHECK(left.it_value.tv_sec >= 40 && left.it_value.tv_sec <= 50);
    CHECK_EQ(left.it_interval.tv_sec, 0);
    CHECK_EQ(alarm(0), 50);
    CHECK_EQ(alarm(0), 0);
}

BEHAVIOUR(setitimer_repeats_its_signal)
{
    catch_alarms(SA_RESTART);
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } }, old;
    CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
    for (int i = 0; i < 2000 && alarms < 5; ++i)
        sleep_ms(1);
    CHECK_OK(setitimer(ITIMER_REAL, &never, &old));
    CHECK_EQ(old.it_interval.tv_usec, 2000);
    CHECK(alarms >= 5);
}

BEHAVIOUR(setitimer_checks_what_it_is_given)
{
    struct itimerval bad = { { 0, 0 }, { 0, 1000000 } }, negative = { { 0, 0 }, { -1, 0 } };
    CHECK_ERRNO(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
    CHECK_ERRNO(setitimer(ITIMER_REAL, &negative, NULL), EINVAL);
    CHECK_ERRNO(setitimer(99, &bad, NULL), EINVAL);
    CHECK_ERRNO(getitimer(99, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_setitimer, ITIMER_REAL, bad_pointer(), NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_getitimer, ITIMER_REAL, bad_pointer()), EFAULT);
}

BEHAVIOUR(a_posix_timer_sends_its_signal_and_value)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 4711 };
    timer_t timer;
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec soon = { .it_value = { 0, 10000000 } };
    CHECK_OK(timer_settime(timer, 0, &soon, NULL));
    siginfo_t information;
    CHECK_EQ(sigwaitinfo(&set, &information), SIGUSR1);
    CHECK_EQ(information.si_code, SI_TIMER);
    CHECK_EQ(information.si_value.sival_int, 4711);
    CHECK_OK(timer_delete(timer));
}

BEHAVIOUR(a_posix_timer_counts_overruns)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    timer_t timer;
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
    CHECK_OK(timer_settime(timer, 0, &often, NULL));
    sleep_ms(60);
    siginfo_t information;
    CHECK_EQ(sigwaitinfo(&set, &information), SIGUSR1);
    CHECK(timer_getoverrun(timer) >= 5);
    struct itimerspec left;
    CHECK_OK(timer_gettime(timer, &left));
    CHECK_EQ(left.it_interval.tv_nsec, 1000000);
    CHECK_OK(timer_delete(timer));
}

BEHAVIOUR(posix_timers_check_what_they_are_given)
{
    timer_t timer;
    struct itimerspec bad = { { 0, 0 }, { 0, kBillion } };
    CHECK_ERRNO(timer_create(99, NULL, &timer), EINVAL);
    CHECK_OK(timer_create(CLOCK_MONOTONIC, NULL, &timer));
    CHECK_ERRNO(timer_settime(timer, 0, &bad, NULL), EINVAL);
    CHECK_ERRNO(timer_settime(timer, 0, NULL, NULL), EINVAL);
    CHECK_OK(timer_delete(timer));
    CHECK_ERRNO(syscall(SYS_timer_delete, 12345), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_settime, 12345, 0, &bad, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_gettime, 12345, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_getoverrun, 12345), EINVAL);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 1000 };
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, bad_pointer(), &timer), EFAULT);
}

static pthread_mutex_t turn_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_over = PTHREAD_COND_INITIALIZER;
static bool is_over;

static void* wait_a_minute(void* unused)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 60;
    pthread_mutex_lock(&turn_mutex);
    while (!is_over && pthread_cond_timedwait(&turn_over, &turn_mutex, &end) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&turn_mutex);
    return unused;
}

static void sleep_often(void)
{
    int64_t end = now_ns() + kBillion;
    for (unsigned n = 0; now_ns() < end; ++n) {
        struct timespec moment = { 0, 1000 + n * 7919 % 30000 };
        nanosleep(&moment, NULL);
    }
}

BEHAVIOUR(short_sleeps_are_not_drawn_out_by_a_long_wait)
{
    pthread_t waiter;
    is_over = false;
    CHECK_EQ(pthread_create(&waiter, NULL, wait_a_minute, NULL), 0);
    int64_t start = now_ns();
    sleep_often();
    CHECK(now_ns() - start < 30 * (int64_t)kBillion);
    pthread_mutex_lock(&turn_mutex);
    is_over = true;
    pthread_cond_signal(&turn_over);
    pthread_mutex_unlock(&turn_mutex);
    CHECK_EQ(pthread_join(waiter, NULL), 0);
}

BEHAVIOUR(cpu_time_grows_with_work_and_not_with_sleep)
{
    int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    volatile unsigned long work = 0;
    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) - before < 20000000 && work < 4000000000UL)
        ++work;
    int64_t worked = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    CHECK(worked - before >= 20000000);
    sleep_ms(200);
    CHECK(clock_ns(CLOCK_THREAD_CPUTIME_ID) - worked < 150000000);
    CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) >= worked - before);
}

BEHAVIOUR(getrusage_tells_processor_time)
{
    struct rusage usage;
    CHECK_OK(getrusage(RUSAGE_SELF, &usage));
    CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_usec < 1000000);
    CHECK(usage.ru_maxrss > 0);
    CHECK_OK(getrusage(RUSAGE_THREAD, &usage));
    CHECK_OK(getrusage(RUSAGE_CHILDREN, &usage));
    CHECK_EQ(usage.ru_utime.tv_sec, 0);
    CHECK_ERRNO(getrusage(77, &usage), EINVAL);
    CHECK_ERRNO(getrusage(RUSAGE_SELF, bad_pointer()), EFAULT);
}

BEHAVIOUR(times_counts_clock_ticks)
{
    struct tms spent;
    clock_t first = times(&spent);
    CHECK(first != (clock_t)-1);
    sleep_ms(30);
    CHECK(times(NULL) > first);
    CHECK_EQ(spent.tms_cutime, 0);
    CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
    CHECK_ERRNO(syscall(SYS_times, bad_pointer()), EFAULT);
}
