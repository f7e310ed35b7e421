// Mutexes, condition variables, read-write locks and semaphores between threads.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <semaphore.h>

enum { kThreads = 8, kManyThreads = 500, kRounds = 2000 };

static struct timespec in_ms(clockid_t clock, int milliseconds)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += milliseconds % 1000 * 1000000L;
    if (time.tv_nsec >= 1000000000L) {
        time.tv_nsec -= 1000000000L;
        ++time.tv_sec;
    }
    return time;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void* count_under_the_mutex(void* unused)
{
    for (int i = 0; i < kRounds; ++i) {
        pthread_mutex_lock(&mutex);
        long seen = counter;
        if (i % 64 == 0)
            sched_yield();
        counter = seen + 1;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

BEHAVIOUR(a_mutex_excludes)
{
    counter = 0;
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, count_under_the_mutex, NULL), 0);
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(counter, kThreads * kRounds);
}

static void* lock_and_try(void* lock) { return (void*)(intptr_t)pthread_mutex_trylock(lock); }

BEHAVIOUR(the_kinds_of_mutex_differ)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive, checking;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attributes);
    CHECK_EQ(pthread_mutex_lock(&recursive), 0);
    CHECK_EQ(pthread_mutex_lock(&recursive), 0);
    CHECK_EQ(pthread_mutex_lock(&checking), 0);
    CHECK_EQ(pthread_mutex_lock(&checking), EDEADLK);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, lock_and_try, &recursive), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, EBUSY);
    // A mutex that is held must not leave the stack: musl links those that know their owner into a list.
    CHECK_EQ(pthread_mutex_unlock(&recursive), 0);
    CHECK_EQ(pthread_mutex_unlock(&recursive), 0);
    CHECK_EQ(pthread_mutex_unlock(&recursive), EPERM);
    CHECK_EQ(pthread_mutex_unlock(&checking), 0);
    CHECK_EQ(pthread_mutex_unlock(&checking), EPERM);
}

static void* time_out_on(void* lock)
{
    struct timespec deadline = in_ms(CLOCK_REALTIME, 20);
    return (void*)(intptr_t)pthread_mutex_timedlock(lock, &deadline);
}

BEHAVIOUR(a_timed_lock_gives_up)
{
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, time_out_on, &mutex), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQ(result, ETIMEDOUT);
}

static pthread_mutex_t robust;

static void* die_with_the_lock(void* unused)
{
    EXPECT(pthread_mutex_lock(&robust) == 0);
    return unused;
}

BEHAVIOUR(a_robust_mutex_tells_that_its_owner_died)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_EQ(pthread_mutex_init(&robust, &attributes), 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, die_with_the_lock, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(&robust), 0);
    CHECK_EQ(pthread_mutex_unlock(&robust), 0);
    CHECK_EQ(pthread_mutex_lock(&robust), 0);
    CHECK_EQ(pthread_mutex_unlock(&robust), 0);
}

static void* wait_for_the_robust_lock(void* unused)
{
    (void)unused;
    int result = pthread_mutex_lock(&robust);
    pthread_mutex_consistent(&robust);
    pthread_mutex_unlock(&robust);
    return (void*)(intptr_t)result;
}

static void* hold_then_die(void* unused)
{
    EXPECT(pthread_mutex_lock(&robust) == 0);
    sleep_ms(50);
    return unused;
}

BEHAVIOUR(a_waiter_is_woken_when_the_owner_of_a_robust_mutex_dies)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    CHECK_EQ(pthread_mutex_init(&robust, &attributes), 0);
    pthread_t holder, waiter;
    CHECK_EQ(pthread_create(&holder, NULL, hold_then_die, NULL), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_create(&waiter, NULL, wait_for_the_robust_lock, NULL), 0);
    void* result;
    CHECK_EQ(pthread_join(holder, NULL), 0);
    CHECK_EQ(pthread_join(waiter, &result), 0);
    CHECK_EQ(result, EOWNERDEAD);
}

BEHAVIOUR(a_mutex_that_inherits_priority_excludes)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    int supported = pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    SKIP_IF(supported != 0, "the library has no priority inheritance");
    pthread_mutex_t inheriting;
    CHECK_EQ(pthread_mutex_init(&inheriting, &attributes), 0);
    CHECK_EQ(pthread_mutex_lock(&inheriting), 0);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, time_out_on, &inheriting), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, ETIMEDOUT);
    CHECK_EQ(pthread_mutex_unlock(&inheriting), 0);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn;

static void* play_ping_pong(void* mine)
{
    for (int i = 0; i < kRounds; ++i) {
        pthread_mutex_lock(&mutex);
        while (turn != (int)(intptr_t)mine)
            pthread_cond_wait(&condition, &mutex);
        turn = !turn;
        pthread_cond_signal(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

BEHAVIOUR(condition_variables_pass_turns)
{
    turn = 0;
    pthread_t one, two;
    CHECK_EQ(pthread_create(&one, NULL, play_ping_pong, (void*)0), 0);
    CHECK_EQ(pthread_create(&two, NULL, play_ping_pong, (void*)1), 0);
    CHECK_EQ(pthread_join(one, NULL), 0);
    CHECK_EQ(pthread_join(two, NULL), 0);
    CHECK_EQ(turn, 0);
}

static int awake;

static void* sleep_on_the_condition(void* unused)
{
    pthread_mutex_lock(&mutex);
    while (!turn)
        pthread_cond_wait(&condition, &mutex);
    ++awake;
    pthread_mutex_unlock(&mutex);
    return unused;
}

BEHAVIOUR(a_broadcast_wakes_all)
{
    turn = awake = 0;
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, sleep_on_the_condition, NULL), 0);
    sleep_ms(20);
    pthread_mutex_lock(&mutex);
    turn = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(awake, kThreads);
}

BEHAVIOUR(a_timed_wait_gives_up_on_either_clock)
{
    pthread_cond_t monotonic;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monotonic, &attributes);
    pthread_mutex_lock(&mutex);
    struct timespec real = in_ms(CLOCK_REALTIME, 15);
    int first = pthread_cond_timedwait(&condition, &mutex, &real);
    struct timespec steady = in_ms(CLOCK_MONOTONIC, 15), past = { 1, 0 };
    int second = pthread_cond_timedwait(&monotonic, &mutex, &steady);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int third = pthread_cond_timedwait(&monotonic, &mutex, &past);
    pthread_mutex_unlock(&mutex);
    CHECK_EQ(first, ETIMEDOUT);
    CHECK_EQ(second, ETIMEDOUT);
    CHECK_EQ(third, ETIMEDOUT);
    CHECK(now.tv_sec > steady.tv_sec || (now.tv_sec == steady.tv_sec && now.tv_nsec >= steady.tv_nsec));
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void* try_read_and_write(void* unused)
{
    (void)unused;
    intptr_t result = 0;
    if (pthread_rwlock_tryrdlock(&rwlock) == 0) {
        result |= 1;
        pthread_rwlock_unlock(&rwlock);
    }
    if (pthread_rwlock_trywrlock(&rwlock) == 0) {
        result |= 2;
        pthread_rwlock_unlock(&rwlock);
    }
    return (void*)result;
}

BEHAVIOUR(a_read_write_lock_shares_reading_only)
{
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_rwlock_rdlock(&rwlock), 0);
    CHECK_EQ(pthread_create(&thread, NULL, try_read_and_write, NULL), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 1);
    CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
    CHECK_EQ(pthread_rwlock_wrlock(&rwlock), 0);
    CHECK_EQ(pthread_create(&thread, NULL, try_read_and_write, NULL), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 0);
    CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
}

static sem_t semaphore;

static void* post_later(void* unused)
{
    for (int i = 0; i < 10; ++i) {
        sleep_ms(1);
        sem_post(&semaphore);
    }
    return unused;
}

BEHAVIOUR(a_semaphore_counts_and_blocks)
{
    CHECK_OK(sem_init(&semaphore, 0, 2));
    CHECK_OK(sem_wait(&semaphore));
    CHECK_OK(sem_trywait(&semaphore));
    CHECK_ERRNO(sem_trywait(&semaphore), EAGAIN);
    struct timespec soon = in_ms(CLOCK_REALTIME, 15);
    CHECK_ERRNO(sem_timedwait(&semaphore, &soon), ETIMEDOUT);
    pthread_t poster;
    CHECK_EQ(pthread_create(&poster, NULL, post_later, NULL), 0);
    for (int i = 0; i < 10; ++i)
        CHECK_OK(sem_wait(&semaphore));
    CHECK_EQ(pthread_join(poster, NULL), 0);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

static void initialise(void)
{
    sleep_ms(5);
    ++initialised;
}

static void* initialise_once(void* unused)
{
    pthread_once(&once, initialise);
    EXPECT(initialised == 1);
    return unused;
}

BEHAVIOUR(pthread_once_runs_once)
{
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, initialise_once, NULL), 0);
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(initialised, 1);
}
