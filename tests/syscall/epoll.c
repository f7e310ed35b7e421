// Waiting for descriptors with epoll.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { kLong = 20000 };

static int add(int epoll, int descriptor, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.u64 = 0x123456789abcdef0u + (unsigned)descriptor };
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

static int modify(int epoll, int descriptor, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = descriptor };
    return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
}

static int ready(int epoll)
{
    struct epoll_event events[8];
    return epoll_wait(epoll, events, 8, 0);
}

static void do_nothing(int number) { (void)number; }

static void alarm_soon(int flags)
{
    struct sigaction action = { .sa_handler = do_nothing, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = { .it_value = { 0, 20000 } };
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void* write_later(void* end)
{
    sleep_ms(30);
    EXPECT(write(*(int*)end, "12345678", 8) == 8);
    return NULL;
}

BEHAVIOUR(epoll_reports_until_the_data_is_read)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(epoll, ends[0], EPOLLIN));
    CHECK_EQ(ready(epoll), 0);
    CHECK_EQ(write(ends[1], "xy", 2), 2);
    struct epoll_event event = { 0 };
    CHECK_EQ(epoll_wait(epoll, &event, 1, -1), 1);
    CHECK_EQ(event.events, EPOLLIN);
    CHECK_EQ(event.data.u64, 0x123456789abcdef0u + (unsigned)ends[0]);
    char bytes[2];
    CHECK_EQ(read(ends[0], bytes, 1), 1);
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(read(ends[0], bytes, 1), 1);
    CHECK_EQ(ready(epoll), 0);
}

BEHAVIOUR(edge_triggered_epoll_reports_each_write_once)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    CHECK_OK(add(epoll, ends[0], EPOLLIN | EPOLLET));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(ready(epoll), 0);
    CHECK_EQ(write(ends[1], "y", 1), 1);
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(ready(epoll), 0);
    CHECK_OK(modify(epoll, ends[0], EPOLLIN | EPOLLET));
    CHECK_EQ(ready(epoll), 1);
}

BEHAVIOUR(edge_triggered_epoll_reports_what_was_there_when_added)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_OK(add(epoll, ends[0], EPOLLIN | EPOLLET));
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(ready(epoll), 0);
}

BEHAVIOUR(a_socket_reports_writability_once_when_edge_triggered)
{
    int pair[2], epoll = epoll_create1(0);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    CHECK_OK(add(epoll, pair[0], EPOLLIN | EPOLLOUT | EPOLLET));
    struct epoll_event event;
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 1);
    CHECK_EQ(event.events, EPOLLOUT);
    CHECK_EQ(ready(epoll), 0);
    CHECK_EQ(write(pair[1], "x", 1), 1);
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 1);
    CHECK_EQ(event.events, EPOLLIN | EPOLLOUT);
    CHECK_EQ(ready(epoll), 0);
}

BEHAVIOUR(one_shot_epoll_must_be_armed_again)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(epoll, ends[0], EPOLLIN | EPOLLONESHOT));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(ready(epoll), 0);
    CHECK_EQ(write(ends[1], "y", 1), 1);
    CHECK_EQ(ready(epoll), 0);
    CHECK_OK(modify(epoll, ends[0], EPOLLIN | EPOLLONESHOT));
    CHECK_EQ(ready(epoll), 1);
    CHECK_EQ(ready(epoll), 0);
}

BEHAVIOUR(epoll_modify_changes_what_is_reported)
{
    int pair[2], epoll = epoll_create1(0);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(add(epoll, pair[0], EPOLLIN));
    CHECK_EQ(ready(epoll), 0);
    CHECK_OK(modify(epoll, pair[0], EPOLLOUT));
    struct epoll_event event;
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 1);
    CHECK_EQ(event.events, EPOLLOUT);
    CHECK_EQ(event.data.fd, pair[0]);
    CHECK_OK(modify(epoll, pair[0], 0));
    CHECK_EQ(ready(epoll), 0);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 1);
    CHECK_EQ(event.events, EPOLLHUP);
}

BEHAVIOUR(epoll_delete_stops_the_reports)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(epoll, ends[1], EPOLLOUT));
    CHECK_EQ(ready(epoll), 1);
    CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], NULL));
    CHECK_EQ(ready(epoll), 0);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], NULL), ENOENT);
}

BEHAVIOUR(closing_the_last_copy_leaves_the_epoll)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    int copy = dup(ends[1]);
    CHECK_OK(add(epoll, ends[1], EPOLLOUT));
    CHECK_OK(close(ends[1]));
    CHECK_EQ(ready(epoll), 1);
    CHECK_OK(close(copy));
    CHECK_EQ(ready(epoll), 0);
}

BEHAVIOUR(a_descriptor_number_used_again_can_be_added_again)
{
    int epoll = epoll_create1(0), first = eventfd(1, 0);
    CHECK_OK(add(epoll, first, EPOLLIN));
    CHECK_OK(close(first));
    int second = eventfd(1, 0);
    CHECK_EQ(second, first);
    CHECK_ERRNO(modify(epoll, second, EPOLLIN), ENOENT);
    CHECK_OK(add(epoll, second, EPOLLIN));
    CHECK_EQ(ready(epoll), 1);
}

BEHAVIOUR(copies_of_a_descriptor_are_added_separately)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    int copy = dup(ends[0]);
    CHECK_OK(add(epoll, ends[0], EPOLLIN));
    CHECK_OK(add(epoll, copy, EPOLLIN));
    CHECK_ERRNO(add(epoll, copy, EPOLLIN), EEXIST);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(ready(epoll), 2);
}

BEHAVIOUR(epoll_checks_what_it_is_given)
{
    int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK_OK(pipe(ends));
    struct epoll_event event = { .events = EPOLLIN };
    CHECK_EQ(fcntl(epoll, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(epoll_create1(0x77), EINVAL);
    CHECK_ERRNO(syscall(SYS_epoll_create, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_epoll_create, -1), EINVAL);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, 500, &event), EBADF);
    CHECK_ERRNO(epoll_ctl(500, EPOLL_CTL_ADD, ends[0], &event), EBADF);
    CHECK_ERRNO(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event), EINVAL);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event), EINVAL);
    CHECK_ERRNO(epoll_ctl(epoll, 77, ends[0], &event), EINVAL);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event), ENOENT);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], bad_pointer()), EFAULT);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, open_file_with("a", ""), &event), EPERM);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_ADD, open(".", O_RDONLY), &event), EPERM);
    CHECK_ERRNO(epoll_wait(epoll, &event, 0, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(epoll, &event, -1, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(epoll, &event, INT_MAX, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(ends[0], &event, 1, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(500, &event, 1, 0), EBADF);
    CHECK_ERRNO(epoll_wait(epoll, kernel_pointer(), 1, 0), EFAULT);
    char byte;
    CHECK_ERRNO(read(epoll, &byte, 1), EINVAL);
    CHECK_ERRNO(write(epoll, &byte, 1), EINVAL);
}

BEHAVIOUR(epoll_wait_into_bad_memory_keeps_the_event)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(epoll, ends[1], EPOLLOUT));
    CHECK_ERRNO(epoll_wait(epoll, bad_pointer(), 1, 0), EFAULT);
    CHECK_EQ(ready(epoll), 1);
}

BEHAVIOUR(epoll_wait_times_out)
{
    int epoll = epoll_create1(0);
    struct epoll_event event;
    int64_t before = now_ns();
    CHECK_EQ(epoll_wait(epoll, &event, 1, 15), 0);
    CHECK(now_ns() - before >= 15000000);
}

BEHAVIOUR(epoll_wait_wakes_when_something_is_written)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(epoll, ends[0], EPOLLIN));
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_later, &ends[1]), 0);
    struct epoll_event event;
    CHECK_EQ(epoll_wait(epoll, &event, 1, kLong), 1);
    CHECK_EQ(pthread_join(writer, NULL), 0);
}

static int late_pair[2];

static void* add_later(void* epoll)
{
    sleep_ms(30);
    EXPECT(add(*(int*)epoll, late_pair[1], EPOLLOUT) == 0);
    return NULL;
}

BEHAVIOUR(epoll_wait_wakes_when_a_ready_descriptor_is_added)
{
    int epoll = epoll_create1(0);
    CHECK_OK(pipe(late_pair));
    pthread_t adder;
    CHECK_EQ(pthread_create(&adder, NULL, add_later, &epoll), 0);
    struct epoll_event event;
    CHECK_EQ(epoll_wait(epoll, &event, 1, kLong), 1);
    CHECK_EQ(pthread_join(adder, NULL), 0);
}

BEHAVIOUR(epoll_wait_is_interrupted_by_a_signal)
{
    int epoll = epoll_create1(0);
    struct epoll_event event;
    alarm_soon(SA_RESTART);
    CHECK_ERRNO(epoll_wait(epoll, &event, 1, kLong), EINTR);
}

BEHAVIOUR(epoll_pwait_changes_the_mask_while_it_waits)
{
    int epoll = epoll_create1(0);
    struct epoll_event event;
    sigset_t alarms, none;
    sigemptyset(&alarms);
    sigemptyset(&none);
    sigaddset(&alarms, SIGALRM);
    CHECK_OK(sigprocmask(SIG_BLOCK, &alarms, NULL));
    alarm_soon(0);
    CHECK_EQ(epoll_wait(epoll, &event, 1, 60), 0);
    CHECK_ERRNO(epoll_pwait(epoll, &event, 1, kLong, &none), EINTR);
    CHECK_ERRNO(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, &none, 4), EINVAL);
}

BEHAVIOUR(an_epoll_can_watch_an_epoll)
{
    int ends[2], inner = epoll_create1(0), outer = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_OK(add(inner, ends[0], EPOLLIN));
    CHECK_OK(add(outer, inner, EPOLLIN));
    CHECK_EQ(ready(outer), 0);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(ready(outer), 1);
    struct pollfd entry = { outer, POLLIN, 0 };
    CHECK_EQ(poll(&entry, 1, 0), 1);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    CHECK_EQ(ready(outer), 0);
    CHECK_EQ(poll(&entry, 1, 0), 0);
}

BEHAVIOUR(epolls_cannot_watch_each_other_in_a_circle)
{
    int one = epoll_create1(0), two = epoll_create1(0);
    CHECK_OK(add(one, two, EPOLLIN));
    CHECK_ERRNO(add(two, one, EPOLLIN), ELOOP);
}

BEHAVIOUR(exclusive_epoll_has_its_rules)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(add(epoll, ends[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    CHECK_OK(add(epoll, ends[0], EPOLLIN | EPOLLEXCLUSIVE));
    CHECK_ERRNO(modify(epoll, ends[0], EPOLLIN), EINVAL);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(ready(epoll), 1);
    int inner = epoll_create1(0);
    CHECK_ERRNO(add(epoll, inner, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
}

BEHAVIOUR(epoll_gives_no_more_events_than_asked_and_takes_turns)
{
    int epoll = epoll_create1(0), first = eventfd(1, 0), second = eventfd(1, 0), third = eventfd(1, 0);
    CHECK_OK(add(epoll, first, EPOLLIN));
    CHECK_OK(add(epoll, second, EPOLLIN));
    CHECK_OK(add(epoll, third, EPOLLIN));
    struct epoll_event events[3];
    unsigned long seen = 0;
    for (int i = 0; i < 3; ++i) {
        CHECK_EQ(epoll_wait(epoll, events, 1, 0), 1);
        seen |= 1UL << (events[0].data.u64 - 0x123456789abcdef0u);
    }
    CHECK_EQ(seen, 1L << first | 1L << second | 1L << third);
    CHECK_EQ(epoll_wait(epoll, events, 3, 0), 3);
}

enum { kWaiting = 4 };

static int shared_epoll, woken;

static void* wait_on_epoll(void* unused)
{
    struct epoll_event event;
    while (epoll_wait(shared_epoll, &event, 1, kLong) == 1) {
        uint64_t value;
        if (read((int)(event.data.u64 - 0x123456789abcdef0u), &value, 8) == 8)
            __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&woken, __ATOMIC_SEQ_CST) >= kWaiting)
            break;
    }
    return unused;
}

BEHAVIOUR(many_threads_can_wait_on_one_epoll)
{
    int event = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
    shared_epoll = epoll_create1(0);
    woken = 0;
    CHECK_OK(add(shared_epoll, event, EPOLLIN));
    pthread_t threads[kWaiting];
    for (int i = 0; i < kWaiting; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, wait_on_epoll, NULL), 0);
    uint64_t value = kWaiting;
    CHECK_EQ(write(event, &value, 8), 8);
    for (int i = 0; i < 5000 && __atomic_load_n(&woken, __ATOMIC_SEQ_CST) < kWaiting; ++i)
        sleep_ms(1);
    CHECK_EQ(woken, kWaiting);
    value = kWaiting;
    CHECK_EQ(write(event, &value, 8), 8);
    for (int i = 0; i < kWaiting; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

BEHAVIOUR(one_wait_reports_all_that_is_ready)
{
    enum { kPairs = 400 };
    static struct epoll_event events[2 * kPairs + 1];
    int epoll = epoll_create1(0), ends[2];
    for (int i = 0; i < kPairs; ++i) {
        CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        CHECK_OK(add(epoll, ends[0], EPOLLOUT));
        CHECK_OK(add(epoll, ends[1], EPOLLOUT));
    }
    CHECK_EQ(epoll_wait(epoll, events, COUNT_OF(events), 0), 2 * kPairs);
    CHECK_EQ(epoll_wait(epoll, events, kPairs, 0), kPairs);
    int seen[2 * kPairs + 64] = { 0 };
    CHECK_EQ(epoll_wait(epoll, events, COUNT_OF(events), -1), 2 * kPairs);
    for (int i = 0; i < 2 * kPairs; ++i)
        CHECK_EQ(seen[(int)(events[i].data.u64 - 0x123456789abcdef0u)]++, 0);
    for (int number = ends[1]; number > epoll; --number)
        CHECK_OK(close(number));
}
