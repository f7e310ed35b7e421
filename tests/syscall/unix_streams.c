// Pairs of Unix stream sockets: how much fits, what waits, what poll(2) and epoll(7) say, how they end.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static short events_of(int descriptor)
{
    struct pollfd entry = { descriptor, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0 };
    poll(&entry, 1, 0);
    return entry.revents;
}

static int option(int descriptor, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static void make_pair(int pair[2], int flags)
{
    pair[0] = pair[1] = -1;
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | flags, 0, pair) == 0);
}

BEHAVIOUR(poll_follows_the_life_of_a_pair)
{
    int pair[2];
    make_pair(pair, 0);
    CHECK_EQ(events_of(pair[0]), POLLOUT | POLLWRNORM);
    CHECK_EQ(write(pair[1], "x", 1), 1);
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
    char byte;
    CHECK_EQ(read(pair[0], &byte, 1), 1);
    CHECK_OK(shutdown(pair[1], SHUT_WR));
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM);
    CHECK_EQ(events_of(pair[1]), POLLOUT | POLLWRNORM);
    CHECK_OK(shutdown(pair[0], SHUT_WR));
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM);
    CHECK_EQ(events_of(pair[1]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM);
}

BEHAVIOUR(poll_says_that_the_other_end_was_closed)
{
    int pair[2];
    make_pair(pair, 0);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM);
    make_pair(pair, 0);
    CHECK_EQ(write(pair[0], "unread", 6), 6);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLERR | POLLOUT | POLLWRNORM);
    CHECK_EQ(option(pair[0], SO_ERROR), ECONNRESET);
    CHECK_EQ(option(pair[0], SO_ERROR), 0);
    char byte;
    CHECK_EQ(read(pair[0], &byte, 1), 0);
}

BEHAVIOUR(what_was_sent_before_the_end_can_be_read)
{
    int pair[2];
    make_pair(pair, 0);
    CHECK_EQ(write(pair[1], "last", 4), 4);
    CHECK_EQ(write(pair[0], "unread", 6), 6);
    CHECK_OK(close(pair[1]));
    char text[8];
    CHECK_EQ(read(pair[0], text, 8), 4);
    CHECK_ERRNO(read(pair[0], text, 8), ECONNRESET);
    CHECK_EQ(read(pair[0], text, 8), 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(write(pair[0], "x", 1), EPIPE);
}

BEHAVIOUR(an_unconnected_socket_says_so)
{
    int lone = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte;
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    CHECK_EQ(events_of(lone), POLLOUT | POLLWRNORM | POLLHUP);
    CHECK_ERRNO(read(lone, &byte, 1), EINVAL);
    CHECK_ERRNO(write(lone, "x", 1), ENOTCONN);
    CHECK_ERRNO(getpeername(lone, (struct sockaddr*)&name, &size), ENOTCONN);
    CHECK_OK(getsockname(lone, (struct sockaddr*)&name, &size));
    CHECK_EQ(size, sizeof(sa_family_t));
    CHECK_ERRNO(listen(lone, 1), EINVAL);
    CHECK_ERRNO(accept(lone, NULL, NULL), EINVAL);
}

BEHAVIOUR(a_connected_stream_takes_no_destination)
{
    int pair[2], lone = socket(AF_UNIX, SOCK_STREAM, 0);
    make_pair(pair, 0);
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "missing" };
    name.sun_path[0] = 0;
    CHECK_ERRNO(sendto(pair[0], "x", 1, 0, (struct sockaddr*)&name, sizeof name), EISCONN);
    CHECK_ERRNO(sendto(lone, "x", 1, 0, (struct sockaddr*)&name, sizeof name), EOPNOTSUPP);
}

BEHAVIOUR(reading_stops_at_nothing_but_the_end_of_what_is_there)
{
    int pair[2];
    make_pair(pair, 0);
    struct iovec out[] = { { "hel", 3 }, { "lo", 2 } };
    CHECK_EQ(writev(pair[0], out, 2), 5);
    char first[2] = { 0 }, second[10] = { 0 };
    struct iovec in[] = { { first, 2 }, { second, 9 } };
    CHECK_EQ(readv(pair[1], in, 2), 5);
    CHECK(memcmp(first, "he", 2) == 0 && strcmp(second, "llo") == 0);
    CHECK_EQ(recv(pair[1], first, 1, MSG_DONTWAIT), -1);
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(read(pair[1], first, 0), 0);
}

BEHAVIOUR(peeking_leaves_bytes_and_truncation_means_nothing)
{
    int pair[2];
    make_pair(pair, 0);
    CHECK_EQ(write(pair[0], "abcdef", 6), 6);
    char text[8] = { 0 };
    CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
    CHECK_EQ(recv(pair[1], text, 8, MSG_PEEK), 6);
    CHECK_EQ(recv(pair[1], text, 4, MSG_TRUNC), 4);
    CHECK(memcmp(text, "abcd", 4) == 0);
    CHECK_EQ(recv(pair[1], text, 8, 0), 2);
}

BEHAVIOUR(ioctls_count_what_is_on_its_way)
{
    int pair[2], count = -1;
    make_pair(pair, 0);
    CHECK_EQ(write(pair[0], "12345", 5), 5);
    CHECK_EQ(write(pair[0], "678", 3), 3);
    CHECK_OK(ioctl(pair[1], FIONREAD, &count));
    CHECK_EQ(count, 8);
    CHECK_OK(ioctl(pair[0], SIOCOUTQ, &count));
    CHECK(count >= 8);
    CHECK_OK(ioctl(pair[1], SIOCOUTQ, &count));
    CHECK_EQ(count, 0);
    CHECK_ERRNO(ioctl(pair[1], FIONREAD, bad_pointer()), EFAULT);
}

static void* write_megabytes(void* descriptor)
{
    static char block[100000];
    for (int i = 0; i < 64; ++i) {
        memset(block, i, sizeof block);
        EXPECT(write(*(int*)descriptor, block, sizeof block) == sizeof block);
    }
    shutdown(*(int*)descriptor, SHUT_WR);
    return NULL;
}

BEHAVIOUR(a_blocking_write_takes_everything_in_order)
{
    int pair[2];
    make_pair(pair, 0);
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_megabytes, &pair[0]), 0);
    static char block[100000];
    for (int i = 0; i < 64; ++i) {
        CHECK_EQ(recv(pair[1], block, sizeof block, MSG_WAITALL), sizeof block);
        CHECK(block[0] == i && block[sizeof block - 1] == i);
    }
    CHECK_EQ(recv(pair[1], block, 1, MSG_WAITALL), 0);
    CHECK_EQ(pthread_join(writer, NULL), 0);
}

BEHAVIOUR(as_much_fits_as_the_buffer_is_large)
{
    int pair[2], size = 20000;
    static char block[1 << 20];
    make_pair(pair, SOCK_NONBLOCK);
    CHECK_EQ(option(pair[0], SO_SNDBUF), 212992);
    CHECK_EQ(option(pair[0], SO_RCVBUF), 212992);
    ssize_t large = write(pair[0], block, sizeof block);
    CHECK(large > 100000 && large < (ssize_t)sizeof block);
    CHECK_ERRNO(write(pair[0], block, 1), EAGAIN);
    make_pair(pair, SOCK_NONBLOCK);
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    CHECK_EQ(option(pair[0], SO_SNDBUF), 40000);
    ssize_t small = write(pair[0], block, sizeof block);
    CHECK(small > 10000 && small < 100000);
    size = 1;
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
    CHECK_EQ(option(pair[0], SO_SNDBUF), 4608);
}

BEHAVIOUR(a_full_pair_becomes_writable_when_most_was_read)
{
    int pair[2];
    static char block[4096];
    make_pair(pair, SOCK_NONBLOCK);
    while (write(pair[0], block, sizeof block) > 0) { }
    CHECK_EQ(events_of(pair[0]), 0);
    CHECK_EQ(read(pair[1], block, 4096), 4096);
    CHECK_EQ(events_of(pair[0]), 0);
    while (read(pair[1], block, sizeof block) > 0) { }
    CHECK_EQ(events_of(pair[0]), POLLOUT | POLLWRNORM);
}

BEHAVIOUR(time_outs_end_waiting)
{
    int pair[2];
    static char block[1 << 20];
    make_pair(pair, 0);
    struct timeval time = { 0, 20000 }, got;
    socklen_t size = sizeof got;
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
    CHECK_OK(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &size));
    CHECK(got.tv_sec == 0 && got.tv_usec >= 20000);
    CHECK_ERRNO(read(pair[0], block, 1), EAGAIN);
    CHECK(write(pair[0], block, sizeof block) > 0);
    CHECK_ERRNO(write(pair[0], block, sizeof block), EAGAIN);
    time.tv_usec = 1000000;
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EDOM);
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, 4), EINVAL);
}

static void* write_later(void* descriptor)
{
    sleep_ms(30);
    EXPECT(write(*(int*)descriptor, "xy", 2) == 2);
    sleep_ms(30);
    EXPECT(write(*(int*)descriptor, "z", 1) == 1);
    return NULL;
}

BEHAVIOUR(waitall_waits_for_the_rest)
{
    int pair[2];
    make_pair(pair, 0);
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_later, &pair[0]), 0);
    char text[4] = { 0 };
    CHECK_EQ(recv(pair[1], text, 3, MSG_WAITALL), 3);
    CHECK(strcmp(text, "xyz") == 0);
    CHECK_EQ(pthread_join(writer, NULL), 0);
    CHECK_EQ(write(pair[0], "ab", 2), 2);
    CHECK_OK(close(pair[0]));
    CHECK_EQ(recv(pair[1], text, 4, MSG_WAITALL), 2);
}

static void* close_later(void* descriptor)
{
    sleep_ms(30);
    EXPECT(close(*(int*)descriptor) == 0);
    return NULL;
}

BEHAVIOUR(closing_wakes_who_reads_and_who_writes)
{
    int pair[2];
    static char block[1 << 20];
    signal(SIGPIPE, SIG_IGN);
    for (int writes = 0; writes < 2; ++writes) {
        make_pair(pair, 0);
        pthread_t closer;
        CHECK_EQ(pthread_create(&closer, NULL, close_later, &pair[1]), 0);
        if (writes) {
            CHECK(write(pair[0], block, sizeof block) > 0);
            CHECK_ERRNO(write(pair[0], block, 1), EPIPE);
        } else {
            CHECK_EQ(read(pair[0], block, 1), 0);
        }
        CHECK_EQ(pthread_join(closer, NULL), 0);
    }
}

static void* shut_down_later(void* descriptor)
{
    sleep_ms(30);
    EXPECT(shutdown(*(int*)descriptor, SHUT_RD) == 0);
    return NULL;
}

BEHAVIOUR(shutting_down_wakes_who_reads)
{
    int pair[2];
    char byte;
    make_pair(pair, 0);
    pthread_t other;
    CHECK_EQ(pthread_create(&other, NULL, shut_down_later, &pair[0]), 0);
    CHECK_EQ(read(pair[0], &byte, 1), 0);
    CHECK_EQ(pthread_join(other, NULL), 0);
    CHECK_ERRNO(shutdown(pair[0], 3), EINVAL);
    CHECK_OK(shutdown(pair[0], SHUT_RDWR));
}

BEHAVIOUR(a_signal_ends_a_read_and_a_time_out_makes_it_final)
{
    int pair[2];
    char byte;
    make_pair(pair, 0);
    struct sigaction action = { .sa_handler = count, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    struct timeval forever = { 1000, 0 };
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever));
    struct itimerval soon = { .it_value = { 0, 20000 } };
    CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
    CHECK_ERRNO(read(pair[0], &byte, 1), EINTR);
}

static int watched(int set, int descriptor, uint32_t events)
{
    struct epoll_event event = { .events = events };
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

static uint32_t next_event(int set)
{
    struct epoll_event event = { 0 };
    return epoll_wait(set, &event, 1, 0) == 1 ? event.events : 0;
}

BEHAVIOUR(edges_and_one_shots_come_once)
{
    int pair[2], edges = epoll_create1(0), once = epoll_create1(0);
    char byte;
    make_pair(pair, 0);
    CHECK_OK(watched(edges, pair[0], EPOLLIN | EPOLLRDHUP | EPOLLET));
    CHECK_OK(watched(once, pair[0], EPOLLIN | EPOLLONESHOT));
    CHECK_EQ(next_event(edges), 0);
    CHECK_EQ(write(pair[1], "ab", 2), 2);
    CHECK_EQ(next_event(edges), EPOLLIN);
    CHECK_EQ(next_event(edges), 0);
    CHECK_EQ(next_event(once), EPOLLIN);
    CHECK_EQ(write(pair[1], "c", 1), 1);
    CHECK_EQ(next_event(edges), EPOLLIN);
    CHECK_EQ(next_event(once), 0);
    CHECK_EQ(read(pair[0], &byte, 1), 1);
    CHECK_EQ(next_event(edges), 0);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(next_event(edges), EPOLLIN | EPOLLRDHUP | EPOLLHUP);
}

BEHAVIOUR(room_is_an_edge)
{
    int pair[2], edges = epoll_create1(0);
    static char block[4096];
    make_pair(pair, SOCK_NONBLOCK);
    CHECK_OK(watched(edges, pair[0], EPOLLOUT | EPOLLET));
    CHECK_EQ(next_event(edges), EPOLLOUT);
    while (write(pair[0], block, sizeof block) > 0) { }
    CHECK_EQ(next_event(edges), 0);
    while (read(pair[1], block, sizeof block) > 0) { }
    CHECK_EQ(next_event(edges), EPOLLOUT);
}

BEHAVIOUR(a_pair_is_a_socket_with_a_number)
{
    int pair[2];
    make_pair(pair, 0);
    struct stat status, other;
    CHECK_OK(fstat(pair[0], &status));
    CHECK_OK(fstat(pair[1], &other));
    CHECK(S_ISSOCK(status.st_mode) && status.st_ino != other.st_ino);
    CHECK_EQ(status.st_mode & 07777, 0777);
    char path[64], wanted[64], link[64] = { 0 };
    snprintf(path, sizeof path, "/proc/self/fd/%d", pair[0]);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", (unsigned long)status.st_ino);
    CHECK(readlink(path, link, sizeof link - 1) > 0);
    CHECK(strcmp(link, wanted) == 0);
    CHECK_ERRNO(open(path, O_RDWR), ENXIO);
    CHECK_ERRNO(lseek(pair[0], 0, SEEK_SET), ESPIPE);
    CHECK_ERRNO(pread(pair[0], path, 1, 0), ESPIPE);
    CHECK_ERRNO(ftruncate(pair[0], 0), EINVAL);
    CHECK_ERRNO(fsync(pair[0]), EINVAL);
}

BEHAVIOUR(options_describe_a_pair)
{
    int pair[2], one = 1;
    make_pair(pair, 0);
    CHECK_EQ(option(pair[0], SO_TYPE), SOCK_STREAM);
    CHECK_EQ(option(pair[0], SO_DOMAIN), AF_UNIX);
    CHECK_EQ(option(pair[0], SO_PROTOCOL), 0);
    CHECK_EQ(option(pair[0], SO_ACCEPTCONN), 0);
    CHECK_EQ(option(pair[0], SO_ERROR), 0);
    CHECK_EQ(option(pair[0], SO_PASSCRED), 0);
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    CHECK_EQ(option(pair[0], SO_PASSCRED), 1);
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
    CHECK_EQ(option(pair[0], SO_KEEPALIVE), 1);
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, SO_TYPE, &one, sizeof one), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, 9999, &one, sizeof one), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &one, 1), EINVAL);
    CHECK_ERRNO(setsockopt(pair[0], 6 /* TCP */, 1, &one, sizeof one), EOPNOTSUPP);
    socklen_t size = sizeof one;
    CHECK_ERRNO(getsockopt(pair[0], 6 /* TCP */, 1, &one, &size), EOPNOTSUPP);
}

BEHAVIOUR(files_and_pipes_go_through_a_pair)
{
    int pair[2], ends[2], file = open_file_with("a", "0123456789");
    char text[16] = { 0 };
    make_pair(pair, 0);
    CHECK_OK(pipe(ends));
    CHECK_OK(lseek(file, 2, SEEK_SET));
    CHECK_EQ(sendfile(pair[0], file, NULL, 4), 4);
    CHECK_EQ(read(pair[1], text, 16), 4);
    CHECK(memcmp(text, "2345", 4) == 0);
    CHECK_EQ(write(pair[0], "spliced", 7), 7);
    CHECK_EQ(splice(pair[1], NULL, ends[1], NULL, 7, 0), 7);
    CHECK_EQ(splice(ends[0], NULL, pair[1], NULL, 7, 0), 7);
    CHECK_EQ(read(pair[0], text, 16), 7);
    CHECK(memcmp(text, "spliced", 7) == 0);
}

BEHAVIOUR(bytes_that_cannot_be_touched_are_efault)
{
    int pair[2];
    make_pair(pair, SOCK_NONBLOCK);
    CHECK_ERRNO(write(pair[0], bad_pointer(), 4), EFAULT);
    CHECK_EQ(write(pair[0], "kept", 4), 4);
    CHECK_ERRNO(read(pair[1], bad_pointer(), 4), EFAULT);
    char text[4];
    CHECK_EQ(read(pair[1], text, 4), 4);
}

ENDING_BEHAVIOUR(writing_to_nobody_kills)
{
    int pair[2];
    make_pair(pair, 0);
    close(pair[1]);
    write(pair[0], "x", 1);
}
