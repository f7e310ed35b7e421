// Descriptors that stand for events: eventfd, timerfd, signalfd.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static bool is_ready(int descriptor, short events)
{
    struct pollfd entry = { descriptor, events, 0 };
    return poll(&entry, 1, 0) == 1 && (entry.revents & events) == events;
}

BEHAVIOUR(an_eventfd_adds_and_resets)
{
    int event = eventfd(3, 0);
    uint64_t value = 4;
    CHECK_EQ(write(event, &value, 8), 8);
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, 7);
    CHECK(!is_ready(event, POLLIN));
    CHECK(is_ready(event, POLLOUT));
}

BEHAVIOUR(a_semaphore_eventfd_counts_down)
{
    int event = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    uint64_t value;
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, 1);
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, 1);
    CHECK_ERRNO(read(event, &value, 8), EAGAIN);
}

BEHAVIOUR(an_eventfd_checks_what_it_is_given)
{
    CHECK_ERRNO(eventfd(0, 0x77), EINVAL);
    int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK_EQ(fcntl(event, F_GETFD), FD_CLOEXEC);
    uint64_t value = ~(uint64_t)0;
    CHECK_ERRNO(write(event, &value, 8), EINVAL);
    CHECK_ERRNO(write(event, &value, 7), EINVAL);
    CHECK_ERRNO(read(event, &value, 7), EINVAL);
    CHECK_ERRNO(read(event, &value, 8), EAGAIN);
    CHECK_ERRNO(write(event, bad_pointer(), 8), EFAULT);
}

BEHAVIOUR(a_full_eventfd_refuses_to_overflow)
{
    int event = eventfd(0, EFD_NONBLOCK);
    uint64_t value = ~(uint64_t)0 - 1;
    CHECK_EQ(write(event, &value, 8), 8);
    CHECK(!is_ready(event, POLLOUT));
    value = 1;
    CHECK_ERRNO(write(event, &value, 8), EAGAIN);
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, ~0UL - 1);
}

static void* signal_event(void* event)
{
    uint64_t one = 1;
    sleep_ms(20);
    EXPECT(write(*(int*)event, &one, 8) == 8);
    return NULL;
}

BEHAVIOUR(a_blocked_eventfd_read_wakes)
{
    int event = eventfd(0, 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, signal_event, &event), 0);
    uint64_t value;
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void* drain_event(void* event)
{
    uint64_t value;
    sleep_ms(20);
    EXPECT(read(*(int*)event, &value, 8) == 8);
    return NULL;
}

BEHAVIOUR(a_blocked_eventfd_write_wakes)
{
    int event = eventfd(0, 0);
    uint64_t value = ~(uint64_t)0 - 1;
    CHECK_EQ(write(event, &value, 8), 8);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, drain_event, &event), 0);
    value = 5;
    CHECK_EQ(write(event, &value, 8), 8);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(read(event, &value, 8), 8);
    CHECK_EQ(value, 5);
}

BEHAVIOUR(a_timerfd_expires_once)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    uint64_t count;
    CHECK_ERRNO(read(timer, &count, 8), EAGAIN);
    struct itimerspec soon = { .it_value = { 0, 10000000 } };
    CHECK_OK(timerfd_settime(timer, 0, &soon, NULL));
    struct pollfd entry = { timer, POLLIN, 0 };
    CHECK_EQ(poll(&entry, 1, 20000), 1);
    CHECK_EQ(read(timer, &count, 8), 8);
    CHECK_EQ(count, 1);
    CHECK_ERRNO(read(timer, &count, 8), EAGAIN);
    struct itimerspec left;
    CHECK_OK(timerfd_gettime(timer, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
}

BEHAVIOUR(a_timerfd_counts_its_expirations)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec often = { { 0, 2000000 }, { 0, 2000000 } };
    CHECK_OK(timerfd_settime(timer, 0, &often, NULL));
    sleep_ms(40);
    uint64_t count = 0;
    CHECK_EQ(read(timer, &count, 8), 8);
    CHECK(count >= 10);
    CHECK_EQ(read(timer, &count, 8), 8);
    CHECK(count >= 1);
}

BEHAVIOUR(a_timerfd_in_the_past_has_expired)
{
    int timer = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    struct itimerspec past = { .it_value = { 1, 0 } };
    CHECK_OK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &past, NULL));
    struct pollfd entry = { timer, POLLIN, 0 };
    CHECK_EQ(poll(&entry, 1, 20000), 1);
    uint64_t count;
    CHECK_EQ(read(timer, &count, 8), 8);
    CHECK_EQ(count, 1);
}

BEHAVIOUR(a_timerfd_can_be_disarmed_and_tells_what_was_left)
{
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec later = { { 3, 0 }, { 100, 0 } }, none = { { 0, 0 }, { 0, 0 } }, old;
    CHECK_OK(timerfd_settime(timer, 0, &later, NULL));
    CHECK_OK(timerfd_settime(timer, 0, &none, &old));
    CHECK_EQ(old.it_interval.tv_sec, 3);
    CHECK(old.it_value.tv_sec >= 90 && old.it_value.tv_sec <= 100);
    CHECK(!is_ready(timer, POLLIN));
}

BEHAVIOUR(a_blocked_timerfd_read_wakes)
{
    int timer = timerfd_create(CLOCK_BOOTTIME, 0);
    struct itimerspec soon = { .it_value = { 0, 15000000 } };
    int64_t before = now_ns();
    CHECK_OK(timerfd_settime(timer, 0, &soon, NULL));
    uint64_t count;
    CHECK_EQ(read(timer, &count, 8), 8);
    CHECK(now_ns() - before >= 15000000);
}

BEHAVIOUR(a_timerfd_checks_what_it_is_given)
{
    struct itimerspec bad = { .it_value = { 0, 1000000000 } }, good = { .it_value = { 1, 0 } };
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    CHECK_ERRNO(timerfd_create(99, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC, 0x77), EINVAL);
    CHECK_ERRNO(timerfd_settime(timer, 0, &bad, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(timer, 0x77, &good, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(-1, 0, &good, NULL), EBADF);
    CHECK_ERRNO(timerfd_settime(0, 0, &good, NULL), EINVAL);
    CHECK_ERRNO(timerfd_gettime(-1, &good), EBADF);
    CHECK_ERRNO(syscall(SYS_timerfd_settime, timer, 0, bad_pointer(), NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_timerfd_gettime, timer, bad_pointer()), EFAULT);
    CHECK_OK(timerfd_settime(timer, 0, &good, NULL));
    char small[4];
    CHECK_ERRNO(read(timer, small, 4), EINVAL);
    CHECK_ERRNO(write(timer, "12345678", 8), EINVAL);
}

static sigset_t blocked_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return set;
}

BEHAVIOUR(a_signalfd_gives_pending_signals)
{
    sigset_t set = blocked_signals();
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK_OK(descriptor);
    struct signalfd_siginfo information[2];
    CHECK_ERRNO(read(descriptor, information, sizeof information), EAGAIN);
    CHECK(!is_ready(descriptor, POLLIN));
    CHECK_OK(sigqueue(getpid(), SIGUSR1, (union sigval) { .sival_int = 99 }));
    CHECK_OK(kill(getpid(), SIGUSR2));
    CHECK(is_ready(descriptor, POLLIN));
    CHECK_EQ(read(descriptor, information, sizeof information), sizeof information);
    CHECK_EQ(information[0].ssi_signo, SIGUSR1);
    CHECK_EQ(information[0].ssi_int, 99);
    CHECK_EQ(information[0].ssi_code, SI_QUEUE);
    CHECK_EQ(information[0].ssi_pid, getpid());
    CHECK_EQ(information[1].ssi_signo, SIGUSR2);
    CHECK_EQ(information[1].ssi_code, SI_USER);
    CHECK_ERRNO(read(descriptor, information, sizeof information), EAGAIN);
}

BEHAVIOUR(a_signalfd_can_change_its_set)
{
    sigset_t set = blocked_signals(), other;
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK);
    sigemptyset(&other);
    sigaddset(&other, SIGUSR2);
    CHECK_EQ(signalfd(descriptor, &other, 0), descriptor);
    CHECK_EQ(raise(SIGUSR1), 0);
    struct signalfd_siginfo information;
    CHECK_ERRNO(read(descriptor, &information, sizeof information), EAGAIN);
    CHECK_EQ(raise(SIGUSR2), 0);
    CHECK_EQ(read(descriptor, &information, sizeof information), sizeof information);
    CHECK_EQ(information.ssi_signo, SIGUSR2);
}

static void* raise_later(void* unused)
{
    sleep_ms(20);
    EXPECT(kill(getpid(), SIGUSR1) == 0);
    return unused;
}

BEHAVIOUR(a_blocked_signalfd_read_wakes)
{
    sigset_t set = blocked_signals();
    int descriptor = signalfd(-1, &set, 0);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, raise_later, NULL), 0);
    struct signalfd_siginfo information;
    CHECK_EQ(read(descriptor, &information, sizeof information), sizeof information);
    CHECK_EQ(information.ssi_signo, SIGUSR1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(a_signalfd_checks_what_it_is_given)
{
    sigset_t set = blocked_signals();
    CHECK_ERRNO(signalfd(-1, &set, 0x77), EINVAL);
    CHECK_ERRNO(signalfd(500, &set, 0), EBADF);
    CHECK_ERRNO(signalfd(0, &set, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_signalfd4, -1, bad_pointer(), 8, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL);
    char small[10];
    CHECK_ERRNO(read(signalfd(-1, &set, SFD_NONBLOCK), small, sizeof small), EINVAL);
}
