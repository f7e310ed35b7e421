// Threads that make host calls at the same time and work on what they share: locks, conditions, pipes inside.
#define _GNU_SOURCE
#include "tests/hostile/victim/host_pair.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kThreads = 4, kCalls = 10, kSize = 64, kFileSize = 8192 };

static uint8_t byte_at(long offset) { return (uint8_t)(offset * 31 + offset / 256); }

static char* buffers[kThreads];
static void prepare_threads(void)
{
    static uint8_t bytes[kFileSize];
    for (long i = 0; i < kFileSize; ++i)
        bytes[i] = byte_at(i);
    must(pwrite(file, bytes, kFileSize, 0), "pwrite");
    for (int i = 0; i < kThreads; ++i)
        buffers[i] = guarded(kSize);
}

static void in_threads(void* (*body)(void*))
{
    pthread_t threads[kThreads];
    for (long i = 0; i < kThreads; ++i)
        if ((errno = pthread_create(&threads[i], NULL, body, (void*)i)))
            harmed("pthread_create: %s", strerror(errno));
    for (int i = 0; i < kThreads; ++i)
        pthread_join(threads[i], NULL);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long locked_count, atomic_count;

static void count_both(void)
{
    pthread_mutex_lock(&lock);
    long before = locked_count;
    if (before % 3 == 0)
        sched_yield();
    locked_count = before + 1;
    pthread_mutex_unlock(&lock);
    __atomic_fetch_add(&atomic_count, 1, __ATOMIC_RELAXED);
}

static void expect_counts(long calls)
{
    if (locked_count != calls || atomic_count != calls)
        harmed("under the lock %ld, by atomic operations %ld, not %ld", locked_count, atomic_count, calls);
    locked_count = atomic_count = 0;
}

// Each thread gets what it asked for, and nothing else.
static void* read_exactly(void* number)
{
    long thread = (long)number;
    static __thread unsigned round;
    for (int i = 0; i < kCalls; ++i) {
        long offset = (thread * 1999 + ++round * 61) % (kFileSize - kSize);
        memset(buffers[thread], 0, kSize);
        long size = 1 + (long)(round % kSize);
        long result = pread(file, buffers[thread], (size_t)size, offset);
        if (result != size)
            harmed("pread of %ld gave %ld, %s", size, result, strerror(errno));
        for (long j = 0; j < kSize; ++j)
            if ((uint8_t)buffers[thread][j] != (j < size ? byte_at(offset + j) : 0))
                harmed("thread %ld: byte %ld of what it read at %ld is wrong", thread, j, offset);
        count_both();
    }
    return NULL;
}

static long act_exact(void)
{
    in_threads(read_exactly);
    expect_counts(kThreads * kCalls);
    return 0;
}

// Answers may be those of other calls: what stays is that they are answers.
static void* read_something(void* number)
{
    long thread = (long)number;
    for (int i = 0; i < kCalls; ++i) {
        long size = 1 + i % kSize;
        memset(buffers[thread], 0x77, kSize);
        long result =
            i % 5 ? pread(file, buffers[thread], (size_t)size, i) : pwrite(file, buffers[thread], 1, kFileSize);
        if (result < -1 || result > size || (result == -1 && (errno <= 0 || errno > 133)))
            harmed("a call for %ld bytes gave %ld, errno %d", size, result, errno);
        for (long j = size; j < kSize; ++j)
            if (buffers[thread][j] != 0x77)
                harmed("a call for %ld bytes changed byte %ld", size, j);
        count_both();
    }
    return NULL;
}

static long act_claims(void)
{
    in_threads(read_something);
    expect_counts(kThreads * kCalls);
    return 0;
}

// One thread never hears of its call again; nobody else waits for it, not even the end of the program.
static void* write_for_ever(void* nothing)
{
    for (;;)
        if (pwrite(file, "x", 1, kFileSize) == 1)
            sched_yield();
    return nothing;
}
static long act_beside_a_lost_call(void)
{
    static pthread_t lost;
    if (!lost && (errno = pthread_create(&lost, NULL, write_for_ever, NULL)))
        harmed("pthread_create: %s", strerror(errno));
    return act_exact();
}

// Two threads put numbers into a ring and into a pipe, two take them out: each comes once, and those of a sender in
// order.
enum { kRing = 4, kNumbers = 50 };
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long ring[kRing], put_count, taken_count, sum;
static int ends[2];

static void put(long number)
{
    pthread_mutex_lock(&lock);
    while (put_count - taken_count == kRing)
        pthread_cond_wait(&changed, &lock);
    ring[put_count++ % kRing] = number;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    must(write(ends[1], &number, sizeof(number)), "write to a pipe");
}

static long take(void)
{
    pthread_mutex_lock(&lock);
    while (put_count == taken_count)
        pthread_cond_wait(&changed, &lock);
    long number = ring[taken_count++ % kRing];
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return number;
}

static void* hand_over(void* number)
{
    long thread = (long)number, last[2] = { -1, -1 };
    for (long i = 0; i < kNumbers; ++i) {
        if (thread < 2) {
            put(thread + 2 * i);
            continue;
        }
        long piped, taken = take();
        if (read(ends[0], &piped, sizeof(piped)) != sizeof(piped) || piped < 0 || piped >= 2 * kNumbers)
            harmed("a pipe gave %ld", piped);
        if (taken <= last[taken % 2])
            harmed("%ld came after %ld", taken, last[taken % 2]);
        last[taken % 2] = taken;
        __atomic_fetch_add(&sum, taken + piped, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void prepare_handover(void) { must(pipe(ends), "pipe"); }
static long act_handover(void)
{
    sum = 0;
    in_threads(hand_over);
    if (sum != 2L * kNumbers * (2 * kNumbers - 1))
        harmed("what came sums up to %ld", sum);
    return 0;
}

// One thread waits in the host, another one's signal ends that.
static void nothing(int signal) { (void)signal; }
static int waited_for[2];
static void prepare_signalled(void)
{
    sigaction(SIGUSR1, &(struct sigaction) { .sa_handler = nothing }, NULL);
    make_stream_pair(waited_for);
}
static void* wait_for_a_signal(void* nothing_to_say)
{
    char byte;
    if (read(waited_for[0], &byte, 1) != -1 || errno != EINTR)
        harmed("a wait for a signal: %s", strerror(errno));
    __atomic_store_n(&atomic_count, 1, __ATOMIC_SEQ_CST);
    return nothing_to_say;
}
static long act_signalled(void)
{
    pthread_t waiter;
    atomic_count = 0;
    if ((errno = pthread_create(&waiter, NULL, wait_for_a_signal, NULL)))
        harmed("pthread_create: %s", strerror(errno));
    while (!__atomic_load_n(&atomic_count, __ATOMIC_SEQ_CST)) {
        usleep(200);
        pthread_kill(waiter, SIGUSR1);
    }
    pthread_join(waiter, NULL);
    return 0;
}

// More threads compute than there are carriers.
static void* compute(void* number)
{
    for (int i = 0; i < 2000000; ++i)
        __asm__ volatile("pause");
    count_both();
    return number;
}
static long act_busy(void)
{
    in_threads(compute);
    expect_counts(kThreads);
    return 0;
}

struct scenario const thread_scenarios[] = {
    { "threads_exact", prepare_threads, act_exact, 0 },
    { "threads_claims", prepare_threads, act_claims, 0 },
    { "threads_handover", prepare_handover, act_handover, 0 },
    { "threads_signalled", prepare_signalled, act_signalled, 0 },
    { "threads_busy", NULL, act_busy, 0 },
    { "threads_beside_lost", prepare_threads, act_beside_a_lost_call, 0 },
    { 0 },
};
