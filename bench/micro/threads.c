/* What threads of one program cost each other: threads NAME MILLISECONDS prints nanoseconds.
     switch       from one thread to another by sched_yield(2), of two that do nothing else
     futex        from waking a thread that waits for a futex to its running; the waker waits then
     create       creating a thread and joining it
     pipe         a byte through a pipe to another thread, and one back
     eventfd      the same with two eventfds
     socketpair   the same with a pair of Unix sockets
   For the first two the program should have one processor, or one carrier. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kBatch = 1000 };

static atomic_bool is_over;

static void expect(int holds, const char* what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static pthread_t start(void* (*body)(void*))
{
    pthread_t thread;
    expect(pthread_create(&thread, NULL, body, NULL) == 0, "pthread_create");
    return thread;
}

/* ---- switch */

static _Atomic uint64_t other_yields;

static void* yield_until_over(void* unused)
{
    while (!is_over) {
        sched_yield();
        atomic_store_explicit(&other_yields, other_yields + 1, memory_order_relaxed); /* nobody else writes it */
    }
    return unused;
}

/* The batch is over when both have yielded so often together. */
static void yield_in_turn(void)
{
    uint64_t before = other_yields;
    int own = 0;
    while (own < kBatch || other_yields - before < kBatch) {
        sched_yield();
        own++;
    }
}

/* ---- futex */

static _Atomic uint32_t whose_turn;

static void futex(int operation, uint32_t value) { syscall(SYS_futex, &whose_turn, operation, value, NULL, NULL, 0); }

static void pass_turn(uint32_t to)
{
    whose_turn = to;
    futex(FUTEX_WAKE_PRIVATE, 1);
    while (whose_turn == to && !is_over)
        futex(FUTEX_WAIT_PRIVATE, to);
}

static void* pass_turns_back(void* unused)
{
    while (!is_over)
        pass_turn(0);
    return unused;
}

static void pass_turns(void)
{
    for (int i = 0; i < kBatch; i++)
        pass_turn(1);
}

static void end_turns(void) { futex(FUTEX_WAKE_PRIVATE, 1); }

/* ---- create */

static void* do_nothing(void* unused) { return unused; }

static void create_and_join(void)
{
    for (int i = 0; i < kBatch; i++)
        pthread_join(start(do_nothing), NULL);
}

/* ---- pipe, eventfd, socketpair */

static int there[2], back[2]; /* ends to read from, and to write into */

static void open_pipes(void) { expect(pipe(there) == 0 && pipe(back) == 0, "pipe"); }

static void open_counters(void)
{
    there[0] = there[1] = eventfd(0, 0);
    back[0] = back[1] = eventfd(0, 0);
    expect(there[0] >= 0 && back[0] >= 0, "eventfd");
}

static void open_pair(void)
{
    int pair[2];
    expect(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
    there[1] = back[0] = pair[0];
    there[0] = back[1] = pair[1];
}

static void* echo(void* unused)
{
    uint64_t message;
    while (read(there[0], &message, sizeof message) == sizeof message && !is_over)
        expect(write(back[1], &message, sizeof message) == sizeof message, "write");
    return unused;
}

static void send_one(void)
{
    uint64_t message = 1;
    expect(write(there[1], &message, sizeof message) == sizeof message, "write");
}

static void send_and_wait(void)
{
    uint64_t message;
    for (int i = 0; i < kBatch; i++) {
        send_one();
        expect(read(back[0], &message, sizeof message) == sizeof message, "read");
    }
}

/* ---- */

static const struct Case {
    const char* name;
    void (*prepare)(void);
    void* (*other)(void*);
    void (*run_batch)(void);
    void (*end)(void); /* gets the other thread out of its wait */
    double per_batch;
} kCases[] = {
    { "switch", NULL, yield_until_over, yield_in_turn, NULL, 2 * kBatch },
    { "futex", NULL, pass_turns_back, pass_turns, end_turns, 2 * kBatch },
    { "create", NULL, NULL, create_and_join, NULL, kBatch },
    { "pipe", open_pipes, echo, send_and_wait, send_one, kBatch },
    { "eventfd", open_counters, echo, send_and_wait, send_one, kBatch },
    { "socketpair", open_pair, echo, send_and_wait, send_one, kBatch },
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Whole batches until the time is over, after one that only warms up. */
static double measure(struct Case const* chosen, uint64_t duration_ns)
{
    pthread_t other;
    if (chosen->prepare)
        chosen->prepare();
    if (chosen->other)
        other = start(chosen->other);
    chosen->run_batch();
    uint64_t batches = 0;
    uint64_t begin = now_ns();
    uint64_t elapsed = 0;
    while (elapsed < duration_ns) {
        chosen->run_batch();
        batches++;
        elapsed = now_ns() - begin;
    }
    is_over = 1;
    if (chosen->end)
        chosen->end();
    if (chosen->other)
        pthread_join(other, NULL);
    return (double)elapsed / ((double)batches * chosen->per_batch);
}

int main(int argc, char** argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: threads NAME MILLISECONDS\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; i++) {
        if (strcmp(argv[1], kCases[i].name) == 0) {
            printf("%.2f\n", measure(&kCases[i], strtoul(argv[2], NULL, 10) * 1000000));
            return 0;
        }
    }
    fprintf(stderr, "threads: %s is not one of what it measures\n", argv[1]);
    return 2;
}
