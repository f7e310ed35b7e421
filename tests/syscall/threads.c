// Threads: creation, joining, what each has of its own.
#include "tests/support/behaviour.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { kThreads = 8, kManyThreads = 500, kRounds = 2000 };

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

enum { kReaders = 400 };

static int reader_pairs[kReaders][2];

static void* read_one_byte(void* pair)
{
    char byte = 0;
    return (void*)(intptr_t)(read(((int*)pair)[0], &byte, 1) == 1 ? byte : -1);
}

BEHAVIOUR(hundreds_of_threads_can_block_in_read_at_once)
{
    static pthread_t threads[kReaders];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    for (int i = 0; i < kReaders; ++i) {
        CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, reader_pairs[i]));
        CHECK_EQ(pthread_create(&threads[i], &attributes, read_one_byte, reader_pairs[i]), 0);
    }
    sleep_ms(300);
    for (int i = kReaders - 1; i >= 0; --i) {
        char byte = (char)(i % 100);
        CHECK_EQ(write(reader_pairs[i][1], &byte, 1), 1);
    }
    for (int i = 0; i < kReaders; ++i) {
        void* result;
        CHECK_EQ(pthread_join(threads[i], &result), 0);
        CHECK_EQ((intptr_t)result, i % 100);
        close(reader_pairs[i][0]);
        close(reader_pairs[i][1]);
    }
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

static _Atomic int has_given_up;

static void* read_until_it_gives_up(void* end)
{
    char byte;
    has_given_up = read((int)(intptr_t)end, &byte, 1) == -1 && errno == EAGAIN ? 1 : -1;
    return NULL;
}

BEHAVIOUR(a_reader_goes_on_while_another_thread_computes_without_a_call)
{
    int ends[2];
    pthread_t thread;
    struct timeval patience = { .tv_usec = 200000 };
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    CHECK_OK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    CHECK_EQ(pthread_create(&thread, NULL, read_until_it_gives_up, (void*)(intptr_t)ends[0]), 0);
    sleep_ms(50);
    while (!has_given_up) { }
    CHECK_EQ(has_given_up, 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    close(ends[0]);
    close(ends[1]);
}
