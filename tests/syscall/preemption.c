// Preemption and fairness: threads that compute, spin or yield leave room for all others, however many there are.
#include "tests/support/behaviour.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { kSpinners = 12 };

static _Atomic int stop;
static _Atomic int turn;

static void start(pthread_t* threads, int count, void* (*body)(void*))
{
    for (int i = 0; i < count; ++i)
        EXPECT(pthread_create(&threads[i], NULL, body, (void*)(intptr_t)i) == 0);
}

static void join(pthread_t* threads, int count)
{
    for (int i = 0; i < count; ++i)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void* spin(void* unused)
{
    while (!stop)
        __asm__ volatile("pause");
    return unused;
}

static void* yield(void* unused)
{
    while (!stop)
        sched_yield();
    return unused;
}

static void* compute_and_stop_the_others(void* unused)
{
    for (volatile int i = 0; i < 20000000; ++i) { }
    stop = 1;
    return unused;
}

static void expect_progress_among(void* (*body)(void*))
{
    pthread_t others[kSpinners], worker;
    stop = 0;
    start(others, kSpinners, body);
    start(&worker, 1, compute_and_stop_the_others);
    join(&worker, 1);
    join(others, kSpinners);
}

BEHAVIOUR(one_that_computes_gets_its_share_among_many_that_spin) { expect_progress_among(spin); }

BEHAVIOUR(one_that_computes_gets_its_share_among_many_that_yield) { expect_progress_among(yield); }

static void* wait_for_turn(void* self)
{
    while (turn != (int)(intptr_t)self)
        __asm__ volatile("pause");
    ++turn;
    return NULL;
}

// Each has to get a processor, without anybody's help, before the next one can go on.
BEHAVIOUR(threads_that_spin_for_each_other_in_a_row_come_to_an_end)
{
    pthread_t threads[kSpinners];
    turn = -1;
    start(threads, kSpinners, wait_for_turn);
    turn = 0;
    join(threads, kSpinners);
    CHECK_EQ(turn, kSpinners);
}

static pthread_spinlock_t lock;
static long count;

static void* count_under_lock(void* unused)
{
    for (int i = 0; i < 2000; ++i) {
        pthread_spin_lock(&lock);
        ++count;
        pthread_spin_unlock(&lock);
    }
    return unused;
}

BEHAVIOUR(a_spin_lock_is_passed_around_by_more_threads_than_processors)
{
    pthread_t threads[kSpinners];
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    start(threads, kSpinners, count_under_lock);
    join(threads, kSpinners);
    CHECK_EQ(count, kSpinners * 2000);
}

static int ready_end;

static void* read_and_stop_the_others(void* unused)
{
    uint64_t value;
    EXPECT(read(ready_end, &value, sizeof value) == sizeof value);
    stop = 1;
    return unused;
}

static void* write_after_a_while(void* unused)
{
    uint64_t one = 1;
    sleep_ms(20);
    EXPECT(write(ready_end, &one, sizeof one) == sizeof one);
    return unused;
}

// Time-outs and wake-ups among objects are looked after by whoever computes.
BEHAVIOUR(threads_that_sleep_and_wake_each_other_go_on_among_many_that_spin)
{
    pthread_t spinners[kSpinners], reader, writer;
    stop = 0;
    ready_end = eventfd(0, 0);
    start(spinners, kSpinners, spin);
    start(&reader, 1, read_and_stop_the_others);
    start(&writer, 1, write_after_a_while);
    join(&reader, 1);
    join(&writer, 1);
    join(spinners, kSpinners);
    close(ready_end);
}

static void stop_by_signal(int signal)
{
    (void)signal;
    stop = 1;
}

BEHAVIOUR(a_timers_signal_ends_what_every_processor_spins_for)
{
    pthread_t spinners[kSpinners];
    struct sigaction action = { .sa_handler = stop_by_signal };
    struct itimerspec soon = { .it_value.tv_nsec = 30000000 };
    timer_t timer;
    stop = 0;
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &(struct sigevent) { .sigev_signo = SIGUSR1 }, &timer));
    start(spinners, kSpinners, spin);
    CHECK_OK(timer_settime(timer, 0, &soon, NULL));
    spin(NULL);
    join(spinners, kSpinners);
    CHECK_OK(timer_delete(timer));
}
