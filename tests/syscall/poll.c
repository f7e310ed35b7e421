// Waiting for descriptors with poll and select.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum { kLong = 20000 };

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

BEHAVIOUR(poll_times_out)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct pollfd entry = { ends[0], POLLIN, 77 };
    int64_t before = now_ns();
    CHECK_EQ(poll(&entry, 1, 15), 0);
    CHECK(now_ns() - before >= 15000000);
    CHECK_EQ(entry.revents, 0);
    CHECK_EQ(poll(NULL, 0, 1), 0);
}

BEHAVIOUR(poll_wakes_when_something_is_written)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_later, &ends[1]), 0);
    struct pollfd entry = { ends[0], POLLIN, 0 };
    CHECK_EQ(poll(&entry, 1, kLong), 1);
    CHECK_EQ(entry.revents, POLLIN);
    CHECK_EQ(pthread_join(writer, NULL), 0);
}

BEHAVIOUR(poll_reports_a_closed_descriptor_and_skips_a_negative_one)
{
    struct pollfd entries[3] = { { 500, POLLIN, 0 }, { -1, POLLIN, 77 }, { -500, POLLIN, 77 } };
    CHECK_EQ(poll(entries, 3, -1), 1);
    CHECK_EQ(entries[0].revents, POLLNVAL);
    CHECK_EQ(entries[1].revents, 0);
    CHECK_EQ(entries[2].revents, 0);
}

BEHAVIOUR(poll_finds_files_always_ready)
{
    struct pollfd entries[2] = { { open_file_with("a", ""), POLLIN | POLLOUT, 0 }, { open(".", O_RDONLY), POLLIN, 0 } };
    CHECK_EQ(poll(entries, 2, -1), 2);
    CHECK_EQ(entries[0].revents, POLLIN | POLLOUT);
    CHECK_EQ(entries[1].revents, POLLIN);
}

BEHAVIOUR(poll_checks_what_it_is_given)
{
    CHECK_ERRNO(poll(bad_pointer(), 1, 0), EFAULT);
    struct rlimit limit;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
    CHECK_ERRNO(syscall(SYS_poll, NULL, limit.rlim_cur + 1, 0), EINVAL);
    struct pollfd entry = { 0, POLLIN, 0 };
    struct timespec bad = { 0, 1000000000 }, none = { 0, 0 };
    sigset_t set;
    sigemptyset(&set);
    CHECK_ERRNO(syscall(SYS_ppoll, &entry, 1, &bad, NULL, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_ppoll, &entry, 1, bad_pointer(), NULL, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_ppoll, &entry, 1, &none, bad_pointer(), 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_ppoll, &entry, 1, &none, &set, 16), EINVAL);
}

BEHAVIOUR(poll_is_interrupted_by_a_signal_even_with_sa_restart)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct pollfd entry = { ends[0], POLLIN, 0 };
    alarm_soon(SA_RESTART);
    CHECK_ERRNO(poll(&entry, 1, kLong), EINTR);
}

BEHAVIOUR(ppoll_changes_the_mask_while_it_waits)
{
    sigset_t alarms, none, now;
    sigemptyset(&alarms);
    sigemptyset(&none);
    sigaddset(&alarms, SIGALRM);
    CHECK_OK(sigprocmask(SIG_BLOCK, &alarms, NULL));
    alarm_soon(0);
    CHECK_EQ(poll(NULL, 0, 60), 0);
    struct timespec long_time = { 20, 0 };
    CHECK_ERRNO(ppoll(NULL, 0, &long_time, &none), EINTR);
    CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
    CHECK(sigismember(&now, SIGALRM));
}

BEHAVIOUR(poll_tells_hang_up_of_a_socket)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct pollfd entry = { pair[0], POLLIN | POLLOUT | POLLRDHUP, 0 };
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, POLLOUT);
    CHECK_OK(shutdown(pair[1], SHUT_WR));
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents, POLLIN | POLLOUT | POLLRDHUP);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(entry.revents & (POLLIN | POLLHUP | POLLRDHUP), POLLIN | POLLHUP | POLLRDHUP);
}

BEHAVIOUR(select_tells_readable_and_writable)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(ends[0], &readable);
    FD_SET(ends[1], &writable);
    struct timeval none = { 0, 0 };
    CHECK_EQ(select(ends[1] + 1, &readable, &writable, NULL, &none), 1);
    CHECK(!FD_ISSET(ends[0], &readable));
    CHECK(FD_ISSET(ends[1], &writable));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    FD_SET(ends[0], &readable);
    CHECK_EQ(select(ends[1] + 1, &readable, &writable, NULL, NULL), 2);
    CHECK(FD_ISSET(ends[0], &readable));
}

BEHAVIOUR(select_times_out_and_counts_the_time_down)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    struct timeval time = { 0, 15000 };
    CHECK_EQ(syscall(SYS_select, ends[0] + 1, &readable, NULL, NULL, &time), 0);
    CHECK(!FD_ISSET(ends[0], &readable));
    CHECK_EQ(time.tv_sec, 0);
    CHECK_EQ(time.tv_usec, 0);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    FD_SET(ends[0], &readable);
    time.tv_sec = 100;
    CHECK_EQ(syscall(SYS_select, ends[0] + 1, &readable, NULL, NULL, &time), 1);
    CHECK(time.tv_sec >= 50 && time.tv_sec <= 100);
}

BEHAVIOUR(select_checks_what_it_is_given)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(500, &set);
    struct timeval none = { 0, 0 }, negative = { -1, 0 };
    CHECK_ERRNO(select(501, &set, NULL, NULL, &none), EBADF);
    CHECK_ERRNO(select(-1, NULL, NULL, NULL, &none), EINVAL);
    CHECK_ERRNO(select(0, NULL, NULL, NULL, &negative), EINVAL);
    CHECK_ERRNO(syscall(SYS_select, 10, bad_pointer(), NULL, NULL, &none), EFAULT);
    CHECK_ERRNO(syscall(SYS_select, 0, NULL, NULL, NULL, bad_pointer()), EFAULT);
    struct timespec bad = { 0, 1000000000 };
    CHECK_ERRNO(pselect(0, NULL, NULL, NULL, &bad, NULL), EINVAL);
}

BEHAVIOUR(pselect_leaves_its_time_and_changes_the_mask)
{
    sigset_t alarms, none;
    sigemptyset(&alarms);
    sigemptyset(&none);
    sigaddset(&alarms, SIGALRM);
    CHECK_OK(sigprocmask(SIG_BLOCK, &alarms, NULL));
    struct timespec time = { 0, 1000000 };
    CHECK_EQ(pselect(0, NULL, NULL, NULL, &time, NULL), 0);
    CHECK_EQ(time.tv_nsec, 1000000);
    alarm_soon(0);
    time.tv_sec = 20;
    CHECK_ERRNO(pselect(0, NULL, NULL, NULL, &time, &none), EINTR);
}
