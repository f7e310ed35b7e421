// Timers by timer_create(2), and those of setitimer(2) and alarm(2) beside them.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { kMillisecond = 1000000, kEventNone = 1, kEventThread = 4 };

static const struct itimerspec kSoon = { .it_value = { 0, 10 * kMillisecond } };
static const struct itimerspec kOften = { { 0, 2 * kMillisecond }, { 0, 2 * kMillisecond } };
static const struct itimerspec kMuchLater = { { 7, 0 }, { 1000, 0 } };
static const struct itimerspec kNever;

// The number itself: C libraries give handles of their own for some notifications.
static int new_timer(clockid_t clock, struct sigevent* event)
{
    int timer = -1;
    long result = syscall(SYS_timer_create, clock, event, &timer);
    return result == 0 ? timer : -1;
}

static int new_signal_timer(clockid_t clock, int number)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = number, .sigev_value.sival_int = 4711 };
    return new_timer(clock, &event);
}

static long set_timer(int timer, int flags, const struct itimerspec* to, struct itimerspec* old)
{
    return syscall(SYS_timer_settime, timer, flags, to, old);
}

static bool wait_for_deliveries(int wanted)
{
    for (int i = 0; i < 20000 && deliveries < wanted; ++i)
        sleep_ms(1);
    return deliveries >= wanted;
}

static bool is_disarmed(const struct itimerspec* left) { return !left->it_value.tv_sec && !left->it_value.tv_nsec; }

BEHAVIOUR(a_new_timer_is_disarmed)
{
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    struct itimerspec left = kMuchLater;
    CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
    CHECK(is_disarmed(&left));
    CHECK_EQ(left.it_interval.tv_sec, 0);
    CHECK_EQ(syscall(SYS_timer_getoverrun, timer), 0);
    CHECK_OK(syscall(SYS_timer_delete, timer));
}

BEHAVIOUR(setting_a_timer_tells_what_was_left)
{
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    struct itimerspec old = kMuchLater;
    CHECK_OK(set_timer(timer, 0, &kMuchLater, &old));
    CHECK(is_disarmed(&old));
    CHECK_OK(syscall(SYS_timer_gettime, timer, &old));
    CHECK(old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000);
    CHECK_EQ(old.it_interval.tv_sec, 7);
    CHECK_OK(set_timer(timer, 0, &kNever, &old));
    CHECK(old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000);
    CHECK_EQ(old.it_interval.tv_sec, 7);
    CHECK_OK(syscall(SYS_timer_gettime, timer, &old));
    CHECK(is_disarmed(&old));
}

BEHAVIOUR(an_interval_without_a_first_time_is_kept_but_disarmed)
{
    handle(SIGUSR1, count, 0);
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    struct itimerspec only_interval = { .it_interval = { 0, kMillisecond } }, left;
    CHECK_OK(set_timer(timer, 0, &only_interval, NULL));
    sleep_ms(20);
    CHECK_EQ(deliveries, 0);
    CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
    CHECK(is_disarmed(&left));
}

BEHAVIOUR(a_timer_without_an_event_sends_sigalrm_with_its_number)
{
    handle_with_information(SIGALRM, 0);
    int timer = new_timer(CLOCK_MONOTONIC, NULL);
    CHECK(timer >= 0);
    CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
    CHECK(wait_for_deliveries(1));
    CHECK_EQ(last_signal, SIGALRM);
    CHECK_EQ(last_code, SI_TIMER);
    CHECK_EQ(last_value, timer);
}

static volatile int noted_timer = -1, noted_overrun = -1;

static void note_timer(int number, siginfo_t* information, void* context)
{
    (void)context;
    noted_timer = information->si_timerid;
    noted_overrun = information->si_overrun;
    last_code = information->si_code;
    count(number);
}

BEHAVIOUR(a_timer_signal_tells_its_timer_and_overruns)
{
    struct sigaction action = { .sa_sigaction = note_timer, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    block(SIGUSR1);
    int first = new_signal_timer(CLOCK_MONOTONIC, SIGUSR2), timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    CHECK(first >= 0 && timer >= 0 && first != timer);
    CHECK_OK(set_timer(timer, 0, &kOften, NULL));
    sleep_ms(60);
    deliveries = 0;
    unblock(SIGUSR1);
    CHECK(deliveries >= 1);
    CHECK_EQ(last_code, SI_TIMER);
    CHECK_EQ(noted_timer, timer);
    CHECK(noted_overrun >= 0);
    CHECK_OK(syscall(SYS_timer_delete, timer));
}

BEHAVIOUR(a_timer_that_tells_nobody_counts_all_the_same)
{
    struct sigevent nobody = { .sigev_notify = kEventNone, .sigev_signo = SIGUSR1 };
    int timer = new_timer(CLOCK_MONOTONIC, &nobody);
    struct itimerspec left;
    CHECK_OK(set_timer(timer, 0, &kMuchLater, NULL));
    CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
    CHECK(left.it_value.tv_sec >= 900);
    CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
    sleep_ms(30);
    CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
    CHECK(is_disarmed(&left));
    CHECK_OK(set_timer(timer, 0, &kOften, NULL));
    sleep_ms(30);
    CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
    CHECK(!is_disarmed(&left) && left.it_value.tv_sec == 0 && left.it_value.tv_nsec <= 2 * kMillisecond);
}

BEHAVIOUR(a_deleted_timer_sends_nothing_and_is_unknown)
{
    handle(SIGUSR1, count, 0);
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    CHECK_OK(set_timer(timer, 0, &kOften, NULL));
    CHECK(wait_for_deliveries(1));
    CHECK_OK(syscall(SYS_timer_delete, timer));
    int before = deliveries;
    sleep_ms(30);
    CHECK_EQ(deliveries, before);
    struct itimerspec left;
    CHECK_ERRNO(syscall(SYS_timer_gettime, timer, &left), EINVAL);
    CHECK_ERRNO(set_timer(timer, 0, &kSoon, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_getoverrun, timer), EINVAL);
    CHECK_ERRNO(syscall(SYS_timer_delete, timer), EINVAL);
}

BEHAVIOUR(a_timer_counts_on_every_clock_of_the_wall)
{
    const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 11 /* CLOCK_TAI */ };
    handle(SIGUSR1, count, 0);
    for (size_t i = 0; i < COUNT_OF(clocks); ++i) {
        deliveries = 0;
        int timer = new_signal_timer(clocks[i], SIGUSR1);
        CHECK(timer >= 0);
        CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
        CHECK(wait_for_deliveries(1));
        struct itimerspec at = { 0 };
        CHECK_OK(clock_gettime(clocks[i], &at.it_value));
        at.it_value.tv_sec += 1000;
        CHECK_OK(set_timer(timer, TIMER_ABSTIME, &at, NULL));
        struct itimerspec left;
        CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
        CHECK(left.it_value.tv_sec >= 900 && left.it_value.tv_sec <= 1000);
        CHECK_OK(syscall(SYS_timer_delete, timer));
    }
}

BEHAVIOUR(a_time_that_is_over_expires_at_once)
{
    handle(SIGUSR1, count, 0);
    int timer = new_signal_timer(CLOCK_REALTIME, SIGUSR1);
    struct itimerspec past = { .it_value = { 1, 0 } };
    CHECK_OK(set_timer(timer, TIMER_ABSTIME, &past, NULL));
    CHECK(wait_for_deliveries(1));
}

static void compute_until_deliveries(int wanted)
{
    volatile unsigned long work = 0;
    for (int64_t end = now_ns() + 30 * 1000000000L; deliveries < wanted && now_ns() < end;)
        for (int i = 0; i < 1000; ++i)
            ++work;
}

BEHAVIOUR(a_timer_counts_processor_time)
{
    const clockid_t clocks[] = { CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
    handle(SIGUSR1, count, 0);
    for (size_t i = 0; i < COUNT_OF(clocks); ++i) {
        deliveries = 0;
        int timer = new_signal_timer(clocks[i], SIGUSR1);
        CHECK(timer >= 0);
        CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
        compute_until_deliveries(1);
        CHECK_EQ(deliveries, 1);
        CHECK_OK(set_timer(timer, 0, &kMuchLater, NULL));
        struct itimerspec left;
        CHECK_OK(syscall(SYS_timer_gettime, timer, &left));
        CHECK(left.it_value.tv_sec >= 900 && left.it_value.tv_sec <= 1000);
        CHECK_OK(syscall(SYS_timer_delete, timer));
    }
}

BEHAVIOUR(a_timer_counts_the_processor_time_of_a_named_clock)
{
    clockid_t clock;
    CHECK_EQ(clock_getcpuclockid(0, &clock), 0);
    handle(SIGUSR1, count, 0);
    int timer = new_signal_timer(clock, SIGUSR1);
    CHECK(timer >= 0);
    CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
    compute_until_deliveries(1);
    CHECK_EQ(deliveries, 1);
}

static volatile pid_t handler_thread;

static void note_thread(int number)
{
    handler_thread = (pid_t)syscall(SYS_gettid);
    count(number);
}

static volatile pid_t sleeper;
static volatile bool is_enough;

static void* sleep_often(void* unused)
{
    sleeper = (pid_t)syscall(SYS_gettid);
    while (!is_enough)
        sleep_ms(1);
    return unused;
}

BEHAVIOUR(a_timer_can_tell_a_certain_thread)
{
    handle(SIGUSR1, note_thread, 0);
    pthread_t thread;
    sleeper = 0, is_enough = false;
    CHECK_EQ(pthread_create(&thread, NULL, sleep_often, NULL), 0);
    while (!sleeper)
        sleep_ms(1);
    struct sigevent event = { .sigev_notify = kEventThread | SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    event.sigev_notify_thread_id = sleeper;
    int timer = new_timer(CLOCK_MONOTONIC, &event);
    CHECK(timer >= 0);
    CHECK_OK(set_timer(timer, 0, &kSoon, NULL));
    CHECK(wait_for_deliveries(1));
    CHECK_EQ(handler_thread, sleeper);
    CHECK_OK(syscall(SYS_timer_delete, timer));
    is_enough = true;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    while (syscall(SYS_tgkill, getpid(), sleeper, 0) == 0) // whoever joins it may be quicker than its end in the kernel
        sleep_ms(1);
    CHECK_EQ(new_timer(CLOCK_MONOTONIC, &event), -1);
    CHECK_EQ(errno, EINVAL);
}

// Not `deliveries`: the last threads may run when the timer is gone, and the next behaviour has begun.
static volatile int told, told_value;

static void tell(union sigval value)
{
    told_value = value.sival_int;
    ++told;
}

BEHAVIOUR(a_timer_can_run_a_function_in_a_thread)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell, .sigev_value.sival_int = 7 };
    timer_t timer;
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    CHECK_OK(timer_settime(timer, 0, &kOften, NULL));
    for (int i = 0; i < 20000 && told < 3; ++i)
        sleep_ms(1);
    CHECK(told >= 3);
    CHECK_EQ(told_value, 7);
    CHECK_OK(timer_delete(timer));
}

BEHAVIOUR(a_blocked_timer_signal_is_pending_once)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    CHECK_OK(set_timer(timer, 0, &kOften, NULL));
    for (int i = 0; i < 20000 && !is_pending(SIGUSR1); ++i)
        sleep_ms(1);
    CHECK(is_pending(SIGUSR1));
    sleep_ms(20);
    CHECK_OK(set_timer(timer, 0, &kNever, NULL));
    unblock(SIGUSR1);
    CHECK(deliveries <= 1);
    CHECK(!is_pending(SIGUSR1));
}

BEHAVIOUR(an_ignored_timer_signal_does_not_disturb)
{
    handle(SIGUSR1, SIG_IGN, 0);
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    CHECK_OK(set_timer(timer, 0, &kOften, NULL));
    struct timespec short_time = { 0, 20 * kMillisecond };
    CHECK_OK(nanosleep(&short_time, NULL));
    CHECK(!is_pending(SIGUSR1));
    handle(SIGUSR1, count, 0);
    CHECK(wait_for_deliveries(2));
    CHECK_OK(syscall(SYS_timer_delete, timer));
}

BEHAVIOUR(timer_calls_refuse_what_makes_no_sense)
{
    struct sigevent event = { .sigev_notify = 77, .sigev_signo = SIGUSR1 };
    CHECK_EQ(new_timer(CLOCK_MONOTONIC, &event), -1);
    CHECK_EQ(errno, EINVAL);
    event.sigev_notify = SIGEV_SIGNAL, event.sigev_signo = 0;
    CHECK_EQ(new_timer(CLOCK_MONOTONIC, &event), -1);
    CHECK_EQ(errno, EINVAL);
    event.sigev_notify = kEventThread, event.sigev_signo = SIGUSR1;
    CHECK_EQ(new_timer(CLOCK_MONOTONIC, &event), -1);
    CHECK_EQ(errno, EINVAL);
    const clockid_t unusable[] = { CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, 10, 12, 100,
        -1 };
    for (size_t i = 0; i < COUNT_OF(unusable); ++i) {
        int result = new_timer(unusable[i], NULL);
        say("clock %d: %d %d", unusable[i], result, errno);
    }
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NULL), EFAULT);
    int timer = new_signal_timer(CLOCK_MONOTONIC, SIGUSR1);
    struct itimerspec negative = { .it_value = { -1, 0 } }, bad_interval = { { 0, -1 }, { 1, 0 } };
    CHECK_ERRNO(set_timer(timer, 0, &negative, NULL), EINVAL);
    CHECK_ERRNO(set_timer(timer, 0, &bad_interval, NULL), EINVAL);
    CHECK_ERRNO(set_timer(timer, 0, bad_pointer(), NULL), EFAULT);
    CHECK_ERRNO(set_timer(timer, 0, &kMuchLater, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_timer_gettime, timer, bad_pointer()), EFAULT);
    CHECK_ERRNO(set_timer(-1, 0, &kMuchLater, NULL), EINVAL);
}

BEHAVIOUR(hundreds_of_timers_expire)
{
    enum { kTimers = 300 };
    static int timers[kTimers];
    handle(SIGRTMIN, count, 0);
    for (int i = 0; i < kTimers; ++i) {
        timers[i] = new_signal_timer(i % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME, SIGRTMIN);
        CHECK(timers[i] >= 0);
        struct itimerspec at = { .it_value = { 0, (1 + i * 7919 % 20) * kMillisecond } };
        CHECK_OK(set_timer(timers[i], 0, &at, NULL));
    }
    CHECK(wait_for_deliveries(kTimers));
    CHECK_EQ(deliveries, kTimers);
    for (int i = 0; i < kTimers; ++i)
        CHECK_OK(syscall(SYS_timer_delete, timers[i]));
}

BEHAVIOUR(alarm_and_setitimer_share_one_timer)
{
    struct itimerval later = { { 5, 0 }, { 500, 0 } }, left;
    CHECK_EQ(alarm(100), 0);
    CHECK_OK(setitimer(ITIMER_REAL, &later, &left));
    CHECK(left.it_value.tv_sec >= 90 && left.it_value.tv_sec <= 100);
    unsigned before = alarm(30);
    CHECK(before >= 490 && before <= 500);
    CHECK_OK(getitimer(ITIMER_REAL, &left));
    CHECK_EQ(left.it_interval.tv_sec, 0);
    CHECK(left.it_value.tv_sec >= 20 && left.it_value.tv_sec <= 30);
    alarm(0);
    CHECK_OK(getitimer(ITIMER_REAL, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
}

BEHAVIOUR(setitimer_without_a_value_disarms)
{
    handle(SIGALRM, count, 0);
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
    CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
    CHECK(wait_for_deliveries(1));
    CHECK_OK(syscall(SYS_setitimer, ITIMER_REAL, NULL, NULL));
    int before = deliveries;
    sleep_ms(30);
    CHECK_EQ(deliveries, before);
    CHECK_ERRNO(syscall(SYS_setitimer, ITIMER_REAL, NULL, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_setitimer, -1, &often, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_setitimer, 3, &often, NULL), EINVAL);
}

BEHAVIOUR(interval_timers_of_processor_time_tell_what_is_left)
{
    const int kinds[] = { ITIMER_VIRTUAL, ITIMER_PROF };
    for (size_t i = 0; i < COUNT_OF(kinds); ++i) {
        struct itimerval later = { { 9, 0 }, { 800, 5 } }, left;
        CHECK_OK(setitimer(kinds[i], &later, NULL));
        CHECK_OK(getitimer(kinds[i], &left));
        CHECK_EQ(left.it_interval.tv_sec, 9);
        CHECK(left.it_value.tv_sec >= 700 && left.it_value.tv_sec <= 800);
        CHECK_OK(setitimer(kinds[i], &(struct itimerval) { 0 }, &left));
        CHECK(left.it_value.tv_sec >= 700 && left.it_value.tv_sec <= 800);
        CHECK_OK(getitimer(kinds[i], &left));
        CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
    }
}

ENDING_BEHAVIOUR(a_virtual_timer_ends_the_process)
{
    struct itimerval soon = { .it_value = { 0, 10000 } };
    CHECK_OK(setitimer(ITIMER_VIRTUAL, &soon, NULL));
    compute_until_deliveries(1 << 30);
}

ENDING_BEHAVIOUR(a_profiling_timer_ends_the_process)
{
    struct itimerval soon = { .it_value = { 0, 10000 } };
    CHECK_OK(setitimer(ITIMER_PROF, &soon, NULL));
    compute_until_deliveries(1 << 30);
}
