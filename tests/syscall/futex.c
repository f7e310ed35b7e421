// The futex call itself, below the library.
#include "tests/support/behaviour.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { kPrivate = FUTEX_PRIVATE_FLAG, kWaiters = 6 };

static long futex(uint32_t* word, int operation, uint32_t value, const void* timeout, uint32_t* other, uint32_t last)
{
    return syscall(SYS_futex, word, operation, value, timeout, other, last);
}

static struct timespec in_ms(clockid_t clock, int milliseconds)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += milliseconds * 1000000L;
    time.tv_sec += time.tv_nsec / 1000000000L;
    time.tv_nsec %= 1000000000L;
    return time;
}

BEHAVIOUR(a_wait_on_another_value_returns_at_once)
{
    uint32_t word = 1;
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0), EAGAIN);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT | kPrivate, 0, NULL, NULL, 0), EAGAIN);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | kPrivate, 0, NULL, NULL, ~0u), EAGAIN);
}

BEHAVIOUR(a_wait_times_out)
{
    uint32_t word = 0;
    struct timespec soon = { 0, 10000000 }, none = { 0, 0 };
    int64_t before = now_ns();
    CHECK_ERRNO(futex(&word, FUTEX_WAIT | kPrivate, 0, &soon, NULL, 0), ETIMEDOUT);
    CHECK(now_ns() - before >= 10000000);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT | kPrivate, 0, &none, NULL, 0), ETIMEDOUT);
}

BEHAVIOUR(a_bitset_wait_takes_an_absolute_time)
{
    uint32_t word = 0;
    struct timespec past = { 1, 0 };
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | kPrivate, 0, &past, NULL, ~0u), ETIMEDOUT);
    struct timespec monotonic = in_ms(CLOCK_MONOTONIC, 10);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | kPrivate, 0, &monotonic, NULL, ~0u), ETIMEDOUT);
    struct timespec real = in_ms(CLOCK_REALTIME, 10);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME | kPrivate, 0, &real, NULL, ~0u), ETIMEDOUT);
}

BEHAVIOUR(a_wait_checks_what_it_is_given)
{
    uint32_t word = 0;
    struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 };
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, &negative, NULL, 0), EINVAL);
    CHECK_ERRNO(futex((uint32_t*)((char*)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(bad_pointer(), FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(bad_pointer(), FUTEX_WAIT | kPrivate, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(kernel_pointer(), FUTEX_WAIT | kPrivate, 0, NULL, NULL, 0), EFAULT);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, bad_pointer(), NULL, 0), EFAULT);
    CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
}

BEHAVIOUR(a_wake_checks_what_it_is_given)
{
    uint32_t word = 0;
    CHECK_EQ(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0), 0);
    CHECK_EQ(futex(&word, FUTEX_WAKE | kPrivate, 0, NULL, NULL, 0), 0);
    CHECK_ERRNO(futex((uint32_t*)((char*)&word + 2), FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    CHECK_ERRNO(futex(&word, 99, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), ENOSYS);
    CHECK_ERRNO(futex(bad_pointer(), FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
}

BEHAVIOUR(a_wait_on_memory_that_was_unmapped_fails)
{
    uint32_t* word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_OK(munmap(word, 4096));
    CHECK_ERRNO(futex(word, FUTEX_WAIT | kPrivate, 0, NULL, NULL, 0), EFAULT);
}

static uint32_t gate, second_gate;
static int asleep, awake;

static void* wait_at_the_gate(void* bits)
{
    __atomic_add_fetch(&asleep, 1, __ATOMIC_SEQ_CST);
    long result = futex(&gate, FUTEX_WAIT_BITSET | kPrivate, 0, NULL, NULL, (uint32_t)(uintptr_t)bits);
    EXPECT(result == 0);
    __atomic_add_fetch(&awake, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static bool start_waiters(pthread_t* threads, int count, uint32_t (*bits)(int))
{
    gate = second_gate = 0;
    asleep = awake = 0;
    for (int i = 0; i < count; ++i) {
        if (pthread_create(&threads[i], NULL, wait_at_the_gate, (void*)(uintptr_t)bits(i)) != 0)
            return false;
    }
    while (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) < count)
        sleep_ms(1);
    sleep_ms(50);
    return true;
}

static bool reached(int count)
{
    for (int i = 0; i < 5000 && __atomic_load_n(&awake, __ATOMIC_SEQ_CST) < count; ++i)
        sleep_ms(1);
    sleep_ms(10);
    return __atomic_load_n(&awake, __ATOMIC_SEQ_CST) == count;
}

static uint32_t all_bits(int index)
{
    (void)index;
    return ~0u;
}

static uint32_t own_bit(int index) { return 1u << index; }

BEHAVIOUR(a_wake_wakes_as_many_as_it_says)
{
    pthread_t threads[kWaiters];
    CHECK(start_waiters(threads, kWaiters, all_bits));
    CHECK_EQ(futex(&gate, FUTEX_WAKE | kPrivate, 2, NULL, NULL, 0), 2);
    CHECK(reached(2));
    CHECK_EQ(futex(&gate, FUTEX_WAKE | kPrivate, 1000, NULL, NULL, 0), kWaiters - 2);
    for (int i = 0; i < kWaiters; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

BEHAVIOUR(a_bitset_wake_wakes_those_that_match)
{
    pthread_t threads[kWaiters];
    CHECK(start_waiters(threads, kWaiters, own_bit));
    CHECK_EQ(futex(&gate, FUTEX_WAKE_BITSET | kPrivate, 1000, NULL, NULL, 1 << 20), 0);
    CHECK_EQ(futex(&gate, FUTEX_WAKE_BITSET | kPrivate, 1000, NULL, NULL, 1 | 4), 2);
    CHECK_EQ(pthread_join(threads[0], NULL), 0);
    CHECK_EQ(pthread_join(threads[2], NULL), 0);
    CHECK_EQ(futex(&gate, FUTEX_WAKE | kPrivate, 1000, NULL, NULL, 0), kWaiters - 2);
    for (int i = 0; i < kWaiters; ++i) {
        if (i != 0 && i != 2)
            CHECK_EQ(pthread_join(threads[i], NULL), 0);
    }
}

BEHAVIOUR(a_requeue_moves_waiters)
{
    pthread_t threads[kWaiters];
    CHECK(start_waiters(threads, kWaiters, all_bits));
    CHECK_EQ(futex(&gate, FUTEX_REQUEUE | kPrivate, 1, (void*)3, &second_gate, 0), 4);
    CHECK(reached(1));
    CHECK_EQ(futex(&second_gate, FUTEX_WAKE | kPrivate, 1000, NULL, NULL, 0), 3);
    CHECK_EQ(futex(&gate, FUTEX_WAKE | kPrivate, 1000, NULL, NULL, 0), 2);
    for (int i = 0; i < kWaiters; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

BEHAVIOUR(a_comparing_requeue_checks_the_value)
{
    uint32_t one = 5, two = 0;
    CHECK_ERRNO(futex(&one, FUTEX_CMP_REQUEUE | kPrivate, 1, (void*)1, &two, 4), EAGAIN);
    CHECK_EQ(futex(&one, FUTEX_CMP_REQUEUE | kPrivate, 1, (void*)1, &two, 5), 0);
}

BEHAVIOUR(a_wake_with_an_operation_changes_the_other_word)
{
    uint32_t one = 0, two = 10;
    CHECK_EQ(
        futex(&one, FUTEX_WAKE_OP | kPrivate, 1, (void*)1, &two, FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 10)), 0);
    CHECK_EQ(two, 15);
    CHECK_EQ(
        futex(&one, FUTEX_WAKE_OP | kPrivate, 1, (void*)1, &two, FUTEX_OP(FUTEX_OP_SET, 3, FUTEX_OP_CMP_GT, 1)), 0);
    CHECK_EQ(two, 3);
    CHECK_ERRNO(futex(&one, FUTEX_WAKE_OP | kPrivate, 1, (void*)1, bad_pointer(), 0), EFAULT);
}

static void ignore_signal(int number) { (void)number; }

BEHAVIOUR(a_signal_interrupts_a_wait_with_a_timeout)
{
    struct sigaction action = { .sa_handler = ignore_signal };
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = { .it_value = { 0, 20000 } };
    setitimer(ITIMER_REAL, &soon, NULL);
    uint32_t word = 0;
    struct timespec long_time = { 30, 0 };
    CHECK_ERRNO(futex(&word, FUTEX_WAIT | kPrivate, 0, &long_time, NULL, 0), EINTR);
}

BEHAVIOUR(a_lock_that_inherits_priority_is_taken_and_released)
{
    uint32_t word = 0;
    CHECK_OK(futex(&word, FUTEX_LOCK_PI | kPrivate, 0, NULL, NULL, 0));
    CHECK_EQ(word & FUTEX_TID_MASK, syscall(SYS_gettid));
    CHECK_ERRNO(futex(&word, FUTEX_LOCK_PI | kPrivate, 0, NULL, NULL, 0), EDEADLK);
    CHECK_OK(futex(&word, FUTEX_UNLOCK_PI | kPrivate, 0, NULL, NULL, 0));
    CHECK_EQ(word, 0);
    CHECK_ERRNO(futex(&word, FUTEX_UNLOCK_PI | kPrivate, 0, NULL, NULL, 0), EPERM);
    CHECK_OK(futex(&word, FUTEX_TRYLOCK_PI | kPrivate, 0, NULL, NULL, 0));
    CHECK_OK(futex(&word, FUTEX_UNLOCK_PI | kPrivate, 0, NULL, NULL, 0));
}
