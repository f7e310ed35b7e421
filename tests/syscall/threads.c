// Threads: creation, joining, thread-local storage, mutexes, condition variables, cancellation.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

static void* return_argument(void* argument) { return argument; }

BEHAVIOUR(join_gives_what_the_thread_returned)
{
    pthread_t threads[kThreads];
    for (uintptr_t i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, return_argument, (void*)(i * 3)), 0);
    for (uintptr_t i = 0; i < kThreads; ++i) {
        void* result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ(result, (long)(i * 3));
    }
}

BEHAVIOUR(thousands_of_threads_can_follow_each_other)
{
    for (uintptr_t i = 0; i < 2000; ++i) {
        pthread_t thread;
        void* result;
        CHECK_EQ(pthread_create(&thread, NULL, return_argument, (void*)i), 0);
        CHECK_EQ(pthread_join(thread, &result), 0);
        CHECK_EQ(result, (long)i);
    }
}

static pthread_barrier_t barrier;

static void* wait_at_the_barrier(void* unused)
{
    (void)unused;
    return (void*)(intptr_t)(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
}

BEHAVIOUR(hundreds_of_threads_can_live_at_once)
{
    static pthread_t threads[kManyThreads];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    pthread_barrier_init(&barrier, NULL, kManyThreads + 1);
    for (int i = 0; i < kManyThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], &attributes, wait_at_the_barrier, NULL), 0);
    long serial = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
    for (int i = 0; i < kManyThreads; ++i) {
        void* result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        serial += (intptr_t)result;
    }
    CHECK_EQ(serial, 1);
    pthread_barrier_destroy(&barrier);
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

static __thread int local = 7;
static __thread char local_array[10000];

static void* use_locals(void* value)
{
    EXPECT(local == 7);
    for (size_t i = 0; i < sizeof local_array; ++i)
        EXPECT(local_array[i] == 0);
    memset(local_array, (int)(intptr_t)value, sizeof local_array);
    local = (int)(intptr_t)value;
    for (int i = 0; i < 50; ++i) {
        sched_yield();
        EXPECT(local == (int)(intptr_t)value);
    }
    EXPECT(local_array[9999] == (char)(intptr_t)value);
    return NULL;
}

BEHAVIOUR(thread_local_variables_are_apart)
{
    pthread_t threads[kThreads];
    local = 7;
    for (intptr_t i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, use_locals, (void*)(i + 1)), 0);
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(local, 7);
    CHECK_EQ(local_array[0], 0);
}

static void* fail_differently(void* code)
{
    for (int i = 0; i < 200; ++i) {
        errno = 0;
        if ((intptr_t)code % 2) {
            EXPECT(close(-1) == -1 && errno == EBADF);
        } else {
            EXPECT(lseek(0, 0, 99) == -1 && errno == EINVAL);
        }
        errno = (int)(intptr_t)code;
        sched_yield();
        EXPECT(errno == (int)(intptr_t)code);
    }
    return NULL;
}

BEHAVIOUR(errno_belongs_to_its_thread)
{
    pthread_t threads[kThreads];
    for (intptr_t i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, fail_differently, (void*)(i + 1)), 0);
    for (int i = 0; i < kThreads; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static int destroyed;

static void count_destruction(void* value) { destroyed += (int)(intptr_t)value; }

static void* use_key(void* key)
{
    pthread_setspecific(*(pthread_key_t*)key, (void*)5);
    return NULL;
}

BEHAVIOUR(destructors_of_keys_run_at_the_end_of_a_thread)
{
    pthread_key_t key;
    destroyed = 0;
    CHECK_EQ(pthread_key_create(&key, count_destruction), 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, use_key, &key), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(destroyed, 5);
    CHECK_EQ(pthread_key_delete(key), 0);
}

static int cleaned;

static void clean_up(void* unused)
{
    (void)unused;
    ++cleaned;
}

static void* sleep_for_long(void* unused)
{
    pthread_cleanup_push(clean_up, NULL);
    sleep(100);
    pthread_cleanup_pop(0);
    return unused;
}

BEHAVIOUR(a_sleeping_thread_can_be_cancelled)
{
    cleaned = 0;
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, sleep_for_long, NULL), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
}

static void* read_for_ever(void* end)
{
    char byte;
    pthread_cleanup_push(clean_up, NULL);
    read(*(int*)end, &byte, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

BEHAVIOUR(a_reading_thread_can_be_cancelled)
{
    int ends[2];
    cleaned = 0;
    CHECK_OK(pipe(ends));
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, read_for_ever, &ends[0]), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
}

static void unlock(void* locked) { pthread_mutex_unlock(locked); }

static void* wait_for_ever(void* unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(1);
    return unused;
}

BEHAVIOUR(a_waiting_thread_can_be_cancelled)
{
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static volatile int spinning;

static void* spin_for_ever(void* unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    spinning = 1;
    for (;;)
        __asm__ volatile("pause");
    return unused;
}

BEHAVIOUR(a_computing_thread_can_be_cancelled)
{
    pthread_t thread;
    void* result;
    spinning = 0;
    CHECK_EQ(pthread_create(&thread, NULL, spin_for_ever, NULL), 0);
    while (!spinning)
        sleep_ms(1);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
}

static void* spin_until_stopped(void* stop)
{
    while (!*(volatile int*)stop)
        __asm__ volatile("pause");
    return NULL;
}

BEHAVIOUR(computing_threads_do_not_starve_the_others)
{
    enum { kSpinners = 4 };
    volatile int stop = 0;
    pthread_t spinners[kSpinners];
    for (int i = 0; i < kSpinners; ++i)
        CHECK_EQ(pthread_create(&spinners[i], NULL, spin_until_stopped, (void*)&stop), 0);
    for (int i = 0; i < 5; ++i)
        sleep_ms(1);
    stop = 1;
    for (int i = 0; i < kSpinners; ++i)
        CHECK_EQ(pthread_join(spinners[i], NULL), 0);
}

static void* give_ids(void* ids)
{
    ((long*)ids)[0] = getpid();
    ((long*)ids)[1] = syscall(SYS_gettid);
    return NULL;
}

BEHAVIOUR(threads_share_the_process_and_have_their_own_numbers)
{
    long ids[2];
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, give_ids, ids), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(ids[0], getpid());
    CHECK(ids[1] != getpid() && ids[1] > 0);
    CHECK_EQ(syscall(SYS_gettid), getpid());
}

static volatile int detached_done;

static void* set_done(void* unused)
{
    detached_done = 1;
    return unused;
}

BEHAVIOUR(a_detached_thread_runs_to_its_end)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    detached_done = 0;
    CHECK_EQ(pthread_create(&thread, &attributes, set_done, NULL), 0);
    for (int i = 0; i < 5000 && !detached_done; ++i)
        sleep_ms(1);
    CHECK(detached_done);
}

static void* exit_deep(void* value)
{
    pthread_exit(value);
    return NULL;
}

BEHAVIOUR(pthread_exit_gives_its_value)
{
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, exit_deep, (void*)99), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 99);
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

BEHAVIOUR(a_thread_has_the_stack_it_asked_for)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    static char stack[1 << 16] __attribute__((aligned(4096)));
    CHECK_EQ(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, &attributes, return_argument, (void*)3), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 3);
}

BEHAVIOUR(clone_refuses_impossible_flags)
{
    CHECK_ERRNO(syscall(SYS_clone, 0x00010000 /* CLONE_THREAD */, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_clone, 0x00010000 | 0x800 /* CLONE_SIGHAND */, 0, 0, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_clone, 0x800, 0, 0, 0, 0), EINVAL);
}

BEHAVIOUR(set_robust_list_checks_its_size)
{
    CHECK_ERRNO(syscall(SYS_set_robust_list, NULL, 7), EINVAL);
    void* head;
    size_t size = 0;
    CHECK_OK(syscall(SYS_get_robust_list, 0, &head, &size));
    CHECK_EQ(size, 24);
    CHECK_ERRNO(syscall(SYS_get_robust_list, 0x7ffffff0, &head, &size), ESRCH);
    CHECK_ERRNO(syscall(SYS_get_robust_list, 0, bad_pointer(), &size), EFAULT);
}

BEHAVIOUR(set_tid_address_returns_the_thread_number)
{
    static int word;
    CHECK_EQ(syscall(SYS_set_tid_address, &word), syscall(SYS_gettid));
}

BEHAVIOUR(sched_yield_succeeds) { CHECK_OK(sched_yield()); }

static void* end_the_process(void* unused)
{
    exit(21);
    return unused;
}

ENDING_BEHAVIOUR(exit_in_a_thread_ends_the_process)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, end_the_process, NULL), 0);
    sleep(100);
}

static void* end_after_main(void* unused)
{
    sleep_ms(30);
    _exit(22);
    return unused;
}

ENDING_BEHAVIOUR(the_process_outlives_its_first_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, end_after_main, NULL), 0);
    pthread_exit(NULL);
}

static void* just_end(void* unused)
{
    sleep_ms(20);
    return unused;
}

ENDING_BEHAVIOUR(the_process_ends_with_its_last_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, just_end, NULL), 0);
    pthread_exit(NULL);
}

static void* fault_in_thread(void* unused)
{
    *(volatile char*)bad_pointer() = 1;
    return unused;
}

ENDING_BEHAVIOUR(a_fault_in_a_thread_ends_the_process)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fault_in_thread, NULL), 0);
    pthread_join(thread, NULL);
}

ENDING_BEHAVIOUR(exit_with_a_status_above_255_keeps_its_low_byte) { exit(256 + 7); }

ENDING_BEHAVIOUR(exit_with_busy_threads_is_prompt)
{
    static volatile int never;
    for (int i = 0; i < 3; ++i) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, i ? sleep_for_long : spin_until_stopped, (void*)&never), 0);
    }
    sleep_ms(10);
    exit(23);
}

static void print_farewell(void) { say("farewell"); }

ENDING_BEHAVIOUR(atexit_functions_run_at_exit)
{
    atexit(print_farewell);
    exit(5);
}

ENDING_BEHAVIOUR(returning_from_the_behaviour_ends_with_success) { say("here"); }
