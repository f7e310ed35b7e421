// Waiting for signals, and which thread gets them.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static void alarm_in_ms(int milliseconds)
{
    struct itimerval soon = { .it_value = { milliseconds / 1000, milliseconds % 1000 * 1000 } };
    setitimer(ITIMER_REAL, &soon, NULL);
}

BEHAVIOUR(lower_real_time_signals_are_taken_first_by_sigwaitinfo)
{
    sigset_t set = set_of(SIGRTMIN + 1);
    sigaddset(&set, SIGRTMIN + 3);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGRTMIN + 3);
    raise(SIGRTMIN + 1);
    raise(SIGUSR1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGUSR1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGRTMIN + 1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGRTMIN + 3);
}

BEHAVIOUR(sigsuspend_waits_with_another_mask)
{
    handle(SIGALRM, count, 0);
    block(SIGALRM);
    alarm_in_ms(20);
    sigset_t none = set_of(0);
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK(is_blocked(SIGALRM));
}

BEHAVIOUR(sigsuspend_takes_a_pending_signal_at_once)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    sigset_t none = set_of(0);
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &none, 16), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, bad_pointer(), 8), EFAULT);
}

BEHAVIOUR(sigtimedwait_gives_up)
{
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec soon = { 0, 10000000 }, now = { 0, 0 }, bad = { 0, 1000000000 };
    CHECK_ERRNO(sigtimedwait(&set, NULL, &soon), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&set, NULL, &now), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&set, NULL, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, bad_pointer(), NULL, &now, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &now, 4), EINVAL);
}

BEHAVIOUR(sigtimedwait_is_interrupted_by_another_signal)
{
    handle(SIGALRM, count, SA_RESTART);
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec long_time = { 30, 0 };
    alarm_in_ms(20);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &long_time, 8), EINTR);
    CHECK_EQ(deliveries, 1);
}

BEHAVIOUR(a_blocked_read_gives_eintr_without_sa_restart)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    handle(SIGALRM, count, 0);
    alarm_in_ms(20);
    char byte;
    CHECK_ERRNO(read(ends[0], &byte, 1), EINTR);
    CHECK_EQ(deliveries, 1);
}

static int restarted_pipe[2];

static void count_and_feed(int number)
{
    (void)number;
    if (++deliveries == 2)
        write(restarted_pipe[1], "x", 1);
}

BEHAVIOUR(a_blocked_read_is_restarted_with_sa_restart)
{
    CHECK_OK(pipe(restarted_pipe));
    handle(SIGALRM, count_and_feed, SA_RESTART);
    struct itimerval twice = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &twice, NULL);
    char byte;
    long result = read(restarted_pipe[0], &byte, 1);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK_EQ(result, 1);
    CHECK(deliveries >= 2);
}

static void* interrupt_later(void* thread)
{
    sleep_ms(30);
    EXPECT(pthread_kill(*(pthread_t*)thread, SIGUSR1) == 0);
    return NULL;
}

BEHAVIOUR(a_signal_from_another_thread_interrupts)
{
    handle(SIGUSR1, count, 0);
    pthread_t self = pthread_self(), other;
    CHECK_EQ(pthread_create(&other, NULL, interrupt_later, &self), 0);
    struct timespec long_time = { 30, 0 };
    CHECK_ERRNO(nanosleep(&long_time, NULL), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void* wait_for_signal(void* unused)
{
    sigset_t set = set_of(SIGUSR1);
    int number = 0;
    EXPECT(sigwait(&set, &number) == 0);
    EXPECT(number == SIGUSR1);
    return unused;
}

BEHAVIOUR(a_process_signal_goes_to_a_thread_that_waits_for_it)
{
    block(SIGUSR1);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_signal, NULL), 0);
    sleep_ms(20);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(!is_pending(SIGUSR1));
}

static volatile pid_t handler_thread;

static void note_thread(int number)
{
    (void)number;
    handler_thread = (pid_t)syscall(SYS_gettid);
    ++deliveries;
}

static void* stay_unblocked(void* thread_id)
{
    unblock(SIGUSR1);
    *(volatile pid_t*)thread_id = (pid_t)syscall(SYS_gettid);
    for (int i = 0; i < 5000 && !deliveries; ++i)
        sleep_ms(1);
    return NULL;
}

BEHAVIOUR(a_process_signal_goes_to_a_thread_that_does_not_block_it)
{
    handle(SIGUSR1, note_thread, 0);
    block(SIGUSR1);
    volatile pid_t other = 0;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, stay_unblocked, (void*)&other), 0);
    while (!other)
        sleep_ms(1);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(handler_thread, other);
}

static void* report_mask(void* unused)
{
    (void)unused;
    return (void*)(uintptr_t)(is_blocked(SIGUSR2) | is_pending(SIGUSR2) << 1);
}

BEHAVIOUR(a_new_thread_inherits_the_mask_but_no_pending_signals)
{
    block(SIGUSR2);
    raise(SIGUSR2);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, report_mask, NULL), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 1);
    CHECK(is_pending(SIGUSR2));
    signal(SIGUSR2, SIG_IGN);
}
