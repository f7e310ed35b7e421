// What several threads do to each other at the same moment: signals, masks, timers, execve. Nothing may be lost.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { kRounds = 1000, kPairs = 4 };

static volatile int deliveries;
static volatile int is_over;

static void count(int number)
{
    (void)number;
    __atomic_fetch_add(&deliveries, 1, __ATOMIC_SEQ_CST);
}

static void handle(int number)
{
    struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };
    deliveries = is_over = 0;
    sigaction(number, &action, NULL);
}

static void await_deliveries(int wanted)
{
    while (deliveries < wanted)
        sched_yield();
}

static sigset_t only(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static void* sleep_until_it_is_over(void* semaphore)
{
    struct timespec long_time = { 1000, 0 };
    sem_post(semaphore);
    while (!is_over)
        nanosleep(&long_time, NULL);
    sem_post(semaphore);
    return NULL;
}

static void* block_and_unblock(void* unused)
{
    sigset_t set = only(SIGUSR1);
    while (!is_over) {
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    }
    return unused;
}

BEHAVIOUR(a_process_signal_finds_the_thread_that_takes_it_while_others_change_their_masks)
{
    handle(SIGUSR1);
    sigset_t set = only(SIGUSR1);
    pthread_t blinker, sleeper;
    sem_t sleeps;
    sem_init(&sleeps, 0, 0);
    CHECK_EQ(pthread_create(&blinker, NULL, block_and_unblock, NULL), 0);
    CHECK_EQ(pthread_create(&sleeper, NULL, sleep_until_it_is_over, &sleeps), 0);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    while (sem_wait(&sleeps) != 0) { }
    for (int i = 1; i <= kRounds; ++i) {
        CHECK_OK(kill(getpid(), SIGUSR1));
        await_deliveries(i);
    }
    is_over = 1;
    CHECK_EQ(pthread_join(blinker, NULL), 0);
    while (sem_trywait(&sleeps) != 0) {
        pthread_kill(sleeper, SIGUSR1);
        sleep_ms(1);
    }
    CHECK_EQ(pthread_join(sleeper, NULL), 0);
}

static void* compute_and_call(void* unused)
{
    for (unsigned round = 0; !is_over; ++round) {
        if (round % 64 == 0)
            syscall(SYS_getppid);
    }
    return unused;
}

BEHAVIOUR(a_signal_reaches_a_thread_that_computes_and_calls)
{
    handle(SIGUSR1);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, compute_and_call, NULL), 0);
    for (int i = 1; i <= kRounds / 5; ++i) {
        CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
        await_deliveries(i);
    }
    is_over = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void* set_the_timer(void* unused)
{
    struct itimerval soon = { { 0, 1000 }, { 0, 1000 } }, never = { { 0, 0 }, { 0, 0 } };
    for (int i = 0; i < kRounds; ++i)
        EXPECT(setitimer(ITIMER_REAL, i % 2 ? &never : &soon, NULL) == 0);
    return unused;
}

BEHAVIOUR(a_timer_can_be_set_by_several_threads_at_once)
{
    handle(SIGALRM);
    pthread_t threads[kPairs];
    for (int i = 0; i < kPairs; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, set_the_timer, NULL), 0);
    for (int i = 0; i < kPairs; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    struct itimerval never = { { 0, 0 }, { 0, 0 } };
    CHECK_OK(setitimer(ITIMER_REAL, &never, NULL));
}

struct ends {
    sem_t mine, theirs;
};

// Time-outs that come about when the post does: a waiter is woken twice, and its partner while it goes to sleep.
static void wait_with_a_short_time(sem_t* semaphore)
{
    for (;;) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 20000;
        if (soon.tv_nsec >= 1000000000) {
            soon.tv_nsec -= 1000000000;
            ++soon.tv_sec;
        }
        if (sem_timedwait(semaphore, &soon) == 0)
            return;
    }
}

static void* answer(void* argument)
{
    struct ends* ends = argument;
    for (int i = 0; i < kRounds; ++i) {
        wait_with_a_short_time(&ends->mine);
        sem_post(&ends->theirs);
    }
    return NULL;
}

static void* ask(void* argument)
{
    struct ends* ends = argument;
    for (int i = 0; i < kRounds; ++i) {
        sem_post(&ends->mine);
        if (i % 3 == 0)
            sched_yield();
        wait_with_a_short_time(&ends->theirs);
    }
    return NULL;
}

BEHAVIOUR(threads_that_wake_each_other_just_when_their_times_are_over_go_on)
{
    struct ends ends[kPairs];
    pthread_t threads[2 * kPairs];
    for (int i = 0; i < kPairs; ++i) {
        sem_init(&ends[i].mine, 0, 0);
        sem_init(&ends[i].theirs, 0, 0);
        CHECK_EQ(pthread_create(&threads[2 * i], NULL, ask, &ends[i]), 0);
        CHECK_EQ(pthread_create(&threads[2 * i + 1], NULL, answer, &ends[i]), 0);
    }
    for (int i = 0; i < 2 * kPairs; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void* execute(void* barrier)
{
    char* arguments[] = { "sh", "-c", "exit 7", NULL };
    pthread_barrier_wait(barrier);
    execv("/bin/sh", arguments);
    return NULL;
}

static int nobody_writes[2], waits_for_nothing;

static void* wait_for_ever(void* which)
{
    struct epoll_event event;
    struct timespec long_time = { 1000, 0 };
    switch ((intptr_t)which) {
    case 0:
        read(nobody_writes[0], &event, 1);
        break;
    case 1:
        syscall(SYS_futex, &waits_for_nothing, 0, 0, NULL, NULL, 0);
        break;
    case 2:
        nanosleep(&long_time, NULL);
        break;
    case 3:
        epoll_wait(epoll_create1(0), &event, 1, -1);
        break;
    default:
        for (;;) { }
    }
    return NULL;
}

ENDING_BEHAVIOUR(a_thread_can_execute_a_program_while_the_others_wait)
{
    pthread_t threads[5], last;
    socketpair(AF_UNIX, SOCK_STREAM, 0, nobody_writes);
    for (intptr_t i = 0; i < 5; ++i)
        pthread_create(&threads[i], NULL, wait_for_ever, (void*)i);
    sleep_ms(20);
    static pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 1);
    pthread_create(&last, NULL, execute, &barrier);
    wait_for_ever((void*)2);
}

ENDING_BEHAVIOUR(two_threads_can_execute_a_program_at_once)
{
    pthread_t thread;
    static pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, execute, &barrier);
    execute(&barrier);
    for (;;) // if the other one was faster
        pause();
}
