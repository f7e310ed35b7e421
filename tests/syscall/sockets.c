// Internet sockets over the loopback device: streams and datagrams, IPv4 and IPv6, flags and options.
#include "tests/support/behaviour.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { kLong = 20000 };

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in) {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
    };
}

static struct sockaddr_in name_of(int descriptor)
{
    struct sockaddr_in name = { 0 };
    socklen_t size = sizeof name;
    getsockname(descriptor, (struct sockaddr*)&name, &size);
    return name;
}

// A socket bound to a free port of the loopback address.
static int bound(int type)
{
    int descriptor = socket(AF_INET, type, 0);
    struct sockaddr_in any_port = loopback(0);
    if (bind(descriptor, (struct sockaddr*)&any_port, sizeof any_port) != 0)
        return -1;
    return descriptor;
}

static int listening(void)
{
    int descriptor = bound(SOCK_STREAM);
    return listen(descriptor, 16) == 0 ? descriptor : -1;
}

static int connect_to(int descriptor, struct sockaddr_in name)
{
    return connect(descriptor, (struct sockaddr*)&name, sizeof name);
}

// Two connected stream sockets.
static bool connected(int pair[2])
{
    int listener = listening();
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect_to(pair[0], name_of(listener)) != 0)
        return false;
    pair[1] = accept(listener, NULL, NULL);
    close(listener);
    return pair[1] >= 0;
}

static bool wait_for(int descriptor, short events)
{
    struct pollfd entry = { descriptor, events, 0 };
    return poll(&entry, 1, kLong) == 1;
}

static int option(int descriptor, int level, int name)
{
    int value = -12345;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, level, name, &value, &size) == 0 && size == sizeof value ? value : -1;
}

BEHAVIOUR(socket_refuses_unknown_families_types_and_protocols)
{
    CHECK_ERRNO(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERRNO(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERRNO(socket(AF_INET, 77, 0), EINVAL);
    CHECK_ERRNO(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
    CHECK_ERRNO(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
    CHECK_ERRNO(socket(AF_INET, SOCK_STREAM | 0x100000, 0), EINVAL);
    CHECK_ERRNO(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
}

BEHAVIOUR(socket_flags_set_the_descriptor)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    CHECK_EQ(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(descriptor, F_GETFL), O_RDWR | O_NONBLOCK);
}

BEHAVIOUR(a_stream_carries_bytes_both_ways)
{
    int pair[2];
    CHECK(connected(pair));
    char text[16] = { 0 };
    CHECK_EQ(write(pair[0], "question", 8), 8);
    CHECK_EQ(recv(pair[1], text, 8, MSG_WAITALL), 8);
    CHECK(strcmp(text, "question") == 0);
    CHECK_EQ(send(pair[1], "answer", 6, 0), 6);
    CHECK_EQ(read(pair[0], text, 16), 6);
    CHECK(memcmp(text, "answer", 6) == 0);
}

BEHAVIOUR(accept_tells_who_connected)
{
    int listener = listening(), client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_OK(connect_to(client, name_of(listener)));
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int server = accept(listener, (struct sockaddr*)&peer, &size);
    CHECK_OK(server);
    CHECK_EQ(size, sizeof peer);
    CHECK_EQ(peer.sin_family, AF_INET);
    CHECK_EQ(peer.sin_port, name_of(client).sin_port);
    CHECK_EQ(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    size = sizeof peer;
    CHECK_OK(getpeername(client, (struct sockaddr*)&peer, &size));
    CHECK_EQ(peer.sin_port, name_of(listener).sin_port);
}

BEHAVIOUR(a_name_that_does_not_fit_is_cut_and_its_size_told)
{
    int listener = listening();
    char small[4];
    socklen_t size = sizeof small;
    CHECK_OK(getsockname(listener, (struct sockaddr*)small, &size));
    CHECK_EQ(size, sizeof(struct sockaddr_in));
    size = (socklen_t)-1;
    CHECK_ERRNO(getsockname(listener, (struct sockaddr*)small, &size), EINVAL);
    size = sizeof small;
    CHECK_ERRNO(getsockname(listener, bad_pointer(), &size), EFAULT);
    CHECK_ERRNO(getsockname(listener, (struct sockaddr*)small, bad_pointer()), EFAULT);
}

BEHAVIOUR(accept4_sets_flags_and_accept_does_not_inherit_them)
{
    int listener = listening();
    int first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_OK(fcntl(listener, F_SETFL, O_NONBLOCK));
    CHECK_OK(connect_to(first, name_of(listener)));
    CHECK_OK(connect_to(second, name_of(listener)));
    CHECK(wait_for(listener, POLLIN));
    int plain = accept(listener, NULL, NULL);
    CHECK_EQ(fcntl(plain, F_GETFL) & O_NONBLOCK, 0);
    CHECK(wait_for(listener, POLLIN));
    int flagged = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    CHECK_EQ(fcntl(flagged, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    CHECK_EQ(fcntl(flagged, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(syscall(SYS_accept4, listener, NULL, NULL, 0x77), EINVAL);
    CHECK_ERRNO(accept(listener, NULL, NULL), EAGAIN);
}

BEHAVIOUR(accept_checks_what_it_is_given)
{
    int stream = bound(SOCK_STREAM), datagram = bound(SOCK_DGRAM);
    CHECK_ERRNO(accept(stream, NULL, NULL), EINVAL);
    CHECK_ERRNO(accept(datagram, NULL, NULL), EOPNOTSUPP);
    CHECK_ERRNO(accept(-1, NULL, NULL), EBADF);
    CHECK_ERRNO(accept(open_file_with("a", ""), NULL, NULL), ENOTSOCK);
    CHECK_ERRNO(listen(datagram, 1), EOPNOTSUPP);
    CHECK_ERRNO(listen(-1, 1), EBADF);
    CHECK_ERRNO(listen(open("/dev/null", O_RDWR), 1), ENOTSOCK);
}

BEHAVIOUR(bind_checks_what_it_is_given)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), other = bound(SOCK_STREAM);
    struct sockaddr_in name = loopback(0), taken = name_of(listening());
    struct sockaddr_in foreign = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&taken, sizeof taken), EADDRINUSE);
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&foreign, sizeof foreign), EADDRNOTAVAIL);
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&name, 3), EINVAL);
    CHECK_ERRNO(bind(descriptor, bad_pointer(), sizeof name), EFAULT);
    CHECK_ERRNO(bind(-1, (struct sockaddr*)&name, sizeof name), EBADF);
    CHECK_ERRNO(bind(other, (struct sockaddr*)&name, sizeof name), EINVAL);
    CHECK_ERRNO(bind(open("/dev/null", O_RDWR), (struct sockaddr*)&name, sizeof name), ENOTSOCK);
    name.sin_family = AF_UNIX;
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&name, sizeof name), EAFNOSUPPORT);
}

BEHAVIOUR(connect_checks_what_it_is_given)
{
    int pair[2], closed = bound(SOCK_STREAM), descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = name_of(closed);
    CHECK_ERRNO(connect_to(descriptor, name), ECONNREFUSED);
    CHECK_ERRNO(connect(descriptor, (struct sockaddr*)&name, 3), EINVAL);
    CHECK_ERRNO(connect(descriptor, bad_pointer(), sizeof name), EFAULT);
    CHECK_ERRNO(connect_to(-1, name), EBADF);
    CHECK_ERRNO(connect_to(open("/dev/null", O_RDWR), name), ENOTSOCK);
    CHECK(connected(pair));
    CHECK_ERRNO(connect_to(pair[0], name), EISCONN);
    name.sin_family = 77;
    CHECK_ERRNO(connect_to(socket(AF_INET, SOCK_STREAM, 0), name), EAFNOSUPPORT);
}

BEHAVIOUR(a_nonblocking_connect_tells_its_result_later)
{
    int listener = listening(), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect_to(client, name_of(listener));
    CHECK(result == 0 || errno == EINPROGRESS);
    CHECK(wait_for(client, POLLOUT));
    CHECK_EQ(option(client, SOL_SOCKET, SO_ERROR), 0);
    char byte;
    CHECK_ERRNO(recv(client, &byte, 1, 0), EAGAIN);
}

BEHAVIOUR(a_refused_nonblocking_connect_leaves_its_error)
{
    int closed = bound(SOCK_STREAM), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect_to(client, name_of(closed));
    CHECK(result == -1);
    if (errno == EINPROGRESS) {
        CHECK(wait_for(client, POLLOUT));
        CHECK_EQ(option(client, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
        CHECK_EQ(option(client, SOL_SOCKET, SO_ERROR), 0);
    } else {
        CHECK_EQ(errno, ECONNREFUSED);
    }
}

BEHAVIOUR(calls_on_an_unconnected_stream_fail)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    char byte;
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(recv(descriptor, &byte, 1, 0), ENOTCONN);
    CHECK_ERRNO(send(descriptor, "x", 1, 0), EPIPE);
    CHECK_ERRNO(shutdown(descriptor, SHUT_RDWR), ENOTCONN);
    CHECK_ERRNO(getpeername(descriptor, (struct sockaddr*)&name, &size), ENOTCONN);
}

BEHAVIOUR(calls_on_what_is_no_socket_fail)
{
    int file = open_file_with("a", "");
    char byte;
    int value = 0;
    socklen_t size = sizeof value;
    CHECK_ERRNO(send(file, "x", 1, 0), ENOTSOCK);
    CHECK_ERRNO(recv(file, &byte, 1, 0), ENOTSOCK);
    CHECK_ERRNO(shutdown(file, SHUT_RD), ENOTSOCK);
    CHECK_ERRNO(getsockopt(file, SOL_SOCKET, SO_TYPE, &value, &size), ENOTSOCK);
    CHECK_ERRNO(setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &value, size), ENOTSOCK);
    CHECK_ERRNO(getsockname(file, (struct sockaddr*)&value, &size), ENOTSOCK);
    CHECK_ERRNO(send(-1, "x", 1, 0), EBADF);
    CHECK_ERRNO(recv(500, &byte, 1, 0), EBADF);
}

BEHAVIOUR(half_closed_streams_still_receive)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_OK(shutdown(pair[0], SHUT_WR));
    char text[4];
    CHECK_EQ(read(pair[1], text, 4), 0);
    CHECK_EQ(write(pair[1], "late", 4), 4);
    CHECK_EQ(recv(pair[0], text, 4, MSG_WAITALL), 4);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(write(pair[0], "x", 1), EPIPE);
    CHECK_ERRNO(shutdown(pair[0], 7), EINVAL);
}

BEHAVIOUR(msg_nosignal_spares_the_process)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_OK(shutdown(pair[0], SHUT_WR));
    CHECK_ERRNO(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
}

BEHAVIOUR(msg_peek_leaves_the_data)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_EQ(write(pair[0], "text", 4), 4);
    char text[8] = { 0 };
    CHECK(wait_for(pair[1], POLLIN));
    CHECK_EQ(recv(pair[1], text, 2, MSG_PEEK), 2);
    CHECK_EQ(recv(pair[1], text, 8, MSG_PEEK), 4);
    CHECK_EQ(recv(pair[1], text, 8, 0), 4);
    CHECK_ERRNO(recv(pair[1], text, 8, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
}

BEHAVIOUR(msg_trunc_discards_stream_data)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_EQ(write(pair[0], "textmore", 8), 8);
    char text[8] = "????";
    CHECK(wait_for(pair[1], POLLIN));
    CHECK_EQ(recv(pair[1], text, 4, MSG_TRUNC | MSG_WAITALL), 4);
    CHECK(memcmp(text, "????", 4) == 0);
    CHECK_EQ(recv(pair[1], text, 4, MSG_WAITALL), 4);
    CHECK(memcmp(text, "more", 4) == 0);
}

BEHAVIOUR(urgent_data_comes_out_of_band)
{
    int pair[2], mark = -1;
    CHECK(connected(pair));
    CHECK_EQ(send(pair[0], "ab", 2, MSG_OOB), 2);
    CHECK(wait_for(pair[1], POLLPRI));
    char byte = 0;
    CHECK_EQ(recv(pair[1], &byte, 1, MSG_OOB), 1);
    CHECK_EQ(byte, 'b');
    CHECK_EQ(recv(pair[1], &byte, 1, 0), 1);
    CHECK_EQ(byte, 'a');
    CHECK_OK(ioctl(pair[1], SIOCATMARK, &mark));
    CHECK_EQ(mark, 1);
}

BEHAVIOUR(fionread_counts_the_bytes_of_a_stream)
{
    int pair[2], count = -1;
    CHECK(connected(pair));
    CHECK_EQ(write(pair[0], "12345", 5), 5);
    CHECK(wait_for(pair[1], POLLIN));
    CHECK_OK(ioctl(pair[1], FIONREAD, &count));
    CHECK_EQ(count, 5);
}

BEHAVIOUR(sendmsg_gathers_and_recvmsg_scatters)
{
    int pair[2];
    CHECK(connected(pair));
    struct iovec out[2] = { { "hello ", 6 }, { "world", 5 } };
    struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };
    CHECK_EQ(sendmsg(pair[0], &message, 0), 11);
    char first[4] = { 0 }, second[10] = { 0 };
    struct iovec in[2] = { { first, 3 }, { second, 8 } };
    struct msghdr got = { .msg_iov = in, .msg_iovlen = 2 };
    CHECK_EQ(recvmsg(pair[1], &got, MSG_WAITALL), 11);
    CHECK(strcmp(first, "hel") == 0 && strcmp(second, "lo world") == 0);
    CHECK_EQ(got.msg_flags, 0);
    CHECK_EQ(got.msg_namelen, 0);
}

BEHAVIOUR(messages_check_what_they_are_given)
{
    int pair[2];
    CHECK(connected(pair));
    struct iovec vector = { bad_pointer(), 4 };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    CHECK_ERRNO(syscall(SYS_sendmsg, pair[0], bad_pointer(), 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_recvmsg, pair[0], bad_pointer(), MSG_DONTWAIT), EFAULT);
    CHECK_ERRNO(syscall(SYS_sendmsg, pair[0], &message, 0), EFAULT);
    CHECK_ERRNO(send(pair[0], bad_pointer(), 4, 0), EFAULT);
    message.msg_iov = bad_pointer();
    CHECK_ERRNO(syscall(SYS_sendmsg, pair[0], &message, 0), EFAULT);
    message.msg_iov = &vector;
    message.msg_iovlen = 100000;
    CHECK_ERRNO(syscall(SYS_sendmsg, pair[0], &message, 0), EMSGSIZE);
}

BEHAVIOUR(a_nonblocking_send_fills_the_buffers)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_OK(fcntl(pair[0], F_SETFL, O_NONBLOCK));
    static char block[65536];
    long sent = 0, received = 0;
    ssize_t count;
    while ((count = send(pair[0], block, sizeof block, 0)) > 0)
        sent += count;
    CHECK_EQ(errno, EAGAIN);
    CHECK(sent > 0);
    while (received < sent) {
        count = read(pair[1], block, sizeof block);
        CHECK(count > 0);
        received += count;
    }
    CHECK(wait_for(pair[0], POLLOUT));
    CHECK(send(pair[0], block, 1, 0) == 1);
}

static void* echo(void* descriptor)
{
    static char block[10000];
    ssize_t count;
    while ((count = read(*(int*)descriptor, block, sizeof block)) > 0) {
        for (ssize_t done = 0, wrote; done < count; done += wrote) {
            wrote = write(*(int*)descriptor, block + done, (size_t)(count - done));
            if (wrote <= 0)
                return NULL;
        }
    }
    shutdown(*(int*)descriptor, SHUT_WR);
    return NULL;
}

static void* send_megabytes(void* descriptor)
{
    static unsigned char block[1 << 16];
    for (int i = 0; i < 64; ++i) {
        memset(block, i, sizeof block);
        for (size_t done = 0; done < sizeof block;) {
            ssize_t count = write(*(int*)descriptor, block + done, sizeof block - done);
            if (count <= 0)
                return NULL;
            done += (size_t)count;
        }
    }
    shutdown(*(int*)descriptor, SHUT_WR);
    return NULL;
}

BEHAVIOUR(megabytes_go_there_and_back)
{
    int pair[2];
    CHECK(connected(pair));
    pthread_t echoer, sender;
    CHECK_EQ(pthread_create(&echoer, NULL, echo, &pair[1]), 0);
    CHECK_EQ(pthread_create(&sender, NULL, send_megabytes, &pair[0]), 0);
    static unsigned char block[1 << 16];
    for (int i = 0; i < 64; ++i) {
        CHECK_EQ(recv(pair[0], block, sizeof block, MSG_WAITALL), sizeof block);
        CHECK(block[0] == i && block[sizeof block - 1] == i);
    }
    CHECK_EQ(read(pair[0], block, 1), 0);
    CHECK_EQ(pthread_join(echoer, NULL), 0);
    CHECK_EQ(pthread_join(sender, NULL), 0);
}

static void* connect_later(void* listener)
{
    sleep_ms(30);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(connect_to(client, name_of(*(int*)listener)) == 0);
    return NULL;
}

BEHAVIOUR(a_blocked_accept_wakes)
{
    int listener = listening();
    pthread_t client;
    CHECK_EQ(pthread_create(&client, NULL, connect_later, &listener), 0);
    CHECK_OK(accept(listener, NULL, NULL));
    CHECK_EQ(pthread_join(client, NULL), 0);
}

static void* shut_down_later(void* descriptor)
{
    sleep_ms(30);
    EXPECT(shutdown(*(int*)descriptor, SHUT_RD) == 0);
    return NULL;
}

BEHAVIOUR(shutdown_wakes_a_blocked_read)
{
    int pair[2];
    CHECK(connected(pair));
    pthread_t other;
    CHECK_EQ(pthread_create(&other, NULL, shut_down_later, &pair[0]), 0);
    char byte;
    CHECK_EQ(read(pair[0], &byte, 1), 0);
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void do_nothing(int number) { (void)number; }

static void alarm_soon(int flags)
{
    struct sigaction action = { .sa_handler = do_nothing, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = { .it_value = { 0, 20000 } };
    setitimer(ITIMER_REAL, &soon, NULL);
}

BEHAVIOUR(a_signal_interrupts_receive_and_accept)
{
    int pair[2], listener = listening();
    CHECK(connected(pair));
    char byte;
    alarm_soon(0);
    CHECK_ERRNO(recv(pair[0], &byte, 1, 0), EINTR);
    alarm_soon(0);
    CHECK_ERRNO(accept(listener, NULL, NULL), EINTR);
}

BEHAVIOUR(a_receive_timeout_gives_eagain)
{
    int pair[2];
    CHECK(connected(pair));
    struct timeval time = { 0, 20000 }, got;
    socklen_t size = sizeof got;
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    CHECK_OK(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &got, &size));
    CHECK(got.tv_sec == 0 && got.tv_usec >= 20000);
    char byte;
    int64_t before = now_ns();
    CHECK_ERRNO(recv(pair[0], &byte, 1, 0), EAGAIN);
    CHECK(now_ns() - before >= 15000000);
    time.tv_usec = 1000000;
    CHECK_ERRNO(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EDOM);
}

BEHAVIOUR(socket_options_describe_the_socket)
{
    int stream = socket(AF_INET, SOCK_STREAM, 0), datagram = socket(AF_INET, SOCK_DGRAM, 0), listener = listening();
    CHECK_EQ(option(stream, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    CHECK_EQ(option(datagram, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    CHECK_EQ(option(stream, SOL_SOCKET, SO_DOMAIN), AF_INET);
    CHECK_EQ(option(stream, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
    CHECK_EQ(option(datagram, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
    CHECK_EQ(option(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
    CHECK_EQ(option(stream, SOL_SOCKET, SO_ACCEPTCONN), 0);
    CHECK_EQ(option(stream, SOL_SOCKET, SO_ERROR), 0);
}

BEHAVIOUR(socket_options_are_kept)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1, size = 65536;
    CHECK_EQ(option(descriptor, SOL_SOCKET, SO_REUSEADDR), 0);
    CHECK_OK(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one));
    CHECK_EQ(option(descriptor, SOL_SOCKET, SO_REUSEADDR), 1);
    CHECK_OK(setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one));
    CHECK_EQ(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_OK(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one));
    CHECK_EQ(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 1);
    CHECK_OK(setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
    CHECK_EQ(option(descriptor, SOL_SOCKET, SO_RCVBUF), 2 * 65536);
    CHECK_OK(setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one));
    struct linger linger = { 1, 5 }, got = { 0, 0 };
    socklen_t length = sizeof got;
    CHECK_OK(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    CHECK_OK(getsockopt(descriptor, SOL_SOCKET, SO_LINGER, &got, &length));
    CHECK(got.l_onoff == 1 && got.l_linger == 5);
}

BEHAVIOUR(socket_options_check_what_they_are_given)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    socklen_t size = sizeof one, negative = (socklen_t)-1;
    CHECK_ERRNO(setsockopt(descriptor, SOL_SOCKET, 9999, &one, sizeof one), ENOPROTOOPT);
    CHECK_ERRNO(getsockopt(descriptor, SOL_SOCKET, 9999, &one, &size), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(descriptor, 9999, 1, &one, sizeof one), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 1), EINVAL);
    CHECK_ERRNO(setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, bad_pointer(), sizeof one), EFAULT);
    CHECK_ERRNO(getsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, bad_pointer(), &size), EFAULT);
    CHECK_ERRNO(getsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, bad_pointer()), EFAULT);
    CHECK_ERRNO(getsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, &negative), EINVAL);
    CHECK_ERRNO(setsockopt(-1, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), EBADF);
    CHECK_ERRNO(setsockopt(descriptor, SOL_SOCKET, SO_TYPE, &one, sizeof one), ENOPROTOOPT);
    char byte = 77;
    size = 1;
    CHECK_OK(getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &byte, &size));
    CHECK_EQ(size, 1);
    CHECK_EQ(byte, SOCK_STREAM);
}

BEHAVIOUR(tcp_info_can_be_read)
{
    int pair[2];
    CHECK(connected(pair));
    struct tcp_info information = { 0 };
    socklen_t size = sizeof information;
    CHECK_OK(getsockopt(pair[0], IPPROTO_TCP, TCP_INFO, &information, &size));
    CHECK_EQ(information.tcpi_state, 1 /* established */);
}

BEHAVIOUR(a_reset_connection_tells_econnreset)
{
    int pair[2];
    CHECK(connected(pair));
    struct linger abort_at_close = { 1, 0 };
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &abort_at_close, sizeof abort_at_close));
    CHECK_OK(close(pair[1]));
    CHECK(wait_for(pair[0], POLLIN));
    char byte;
    CHECK_ERRNO(read(pair[0], &byte, 1), ECONNRESET);
    CHECK_EQ(read(pair[0], &byte, 1), 0);
}

BEHAVIOUR(datagrams_keep_their_boundaries)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM);
    struct sockaddr_in name = name_of(two), from;
    socklen_t size = sizeof from;
    CHECK_EQ(sendto(one, "first", 5, 0, (struct sockaddr*)&name, sizeof name), 5);
    CHECK_EQ(sendto(one, "", 0, 0, (struct sockaddr*)&name, sizeof name), 0);
    CHECK_EQ(sendto(one, "third", 5, 0, (struct sockaddr*)&name, sizeof name), 5);
    char text[16];
    CHECK_EQ(recvfrom(two, text, 16, 0, (struct sockaddr*)&from, &size), 5);
    CHECK_EQ(from.sin_port, name_of(one).sin_port);
    CHECK_EQ(size, sizeof from);
    CHECK_EQ(recv(two, text, 16, 0), 0);
    CHECK_EQ(recv(two, text, 3, 0), 3);
    CHECK_ERRNO(recv(two, text, 16, MSG_DONTWAIT), EAGAIN);
}

BEHAVIOUR(a_cut_datagram_is_marked)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM);
    CHECK_OK(connect_to(one, name_of(two)));
    CHECK_EQ(send(one, "0123456789", 10, 0), 10);
    CHECK_EQ(send(one, "0123456789", 10, 0), 10);
    char text[4];
    struct iovec vector = { text, 4 };
    struct sockaddr_in from;
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_name = &from, .msg_namelen = sizeof from };
    CHECK_EQ(recvmsg(two, &message, 0), 4);
    CHECK_EQ(message.msg_flags, MSG_TRUNC);
    CHECK_EQ(message.msg_namelen, sizeof from);
    CHECK_EQ(from.sin_port, name_of(one).sin_port);
    CHECK_EQ(recv(two, text, 4, MSG_TRUNC), 10);
}

BEHAVIOUR(datagram_calls_check_what_they_are_given)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM);
    struct sockaddr_in name = name_of(two);
    char* large = calloc(1, 70000);
    CHECK_ERRNO(send(one, "x", 1, 0), EDESTADDRREQ);
    CHECK_ERRNO(sendto(one, large, 70000, 0, (struct sockaddr*)&name, sizeof name), EMSGSIZE);
    CHECK_ERRNO(sendto(one, "x", 1, 0, (struct sockaddr*)&name, 3), EINVAL);
    CHECK_ERRNO(sendto(one, "x", 1, 0, bad_pointer(), sizeof name), EFAULT);
    CHECK_ERRNO(sendto(one, bad_pointer(), 10, 0, (struct sockaddr*)&name, sizeof name), EFAULT);
    CHECK_ERRNO(sendto(one, "x", 1, MSG_OOB, (struct sockaddr*)&name, sizeof name), EOPNOTSUPP);
    free(large);
}

BEHAVIOUR(a_connected_datagram_socket_filters_and_tells_refusals)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM), stranger = bound(SOCK_DGRAM);
    CHECK_OK(connect_to(one, name_of(two)));
    struct sockaddr_in name = name_of(one);
    CHECK_EQ(sendto(stranger, "x", 1, 0, (struct sockaddr*)&name, sizeof name), 1);
    CHECK_EQ(sendto(two, "y", 1, 0, (struct sockaddr*)&name, sizeof name), 1);
    char byte;
    CHECK_EQ(recv(one, &byte, 1, 0), 1);
    CHECK_EQ(byte, 'y');
    CHECK_OK(close(two));
    CHECK_EQ(send(one, "x", 1, 0), 1);
    CHECK(wait_for(one, POLLIN));
    CHECK_ERRNO(recv(one, &byte, 1, 0), ECONNREFUSED);
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    CHECK_OK(connect(one, &nobody, sizeof nobody));
    CHECK_ERRNO(send(one, "x", 1, 0), EDESTADDRREQ);
}

BEHAVIOUR(sendmmsg_and_recvmmsg_carry_several)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM);
    CHECK_OK(connect_to(one, name_of(two)));
    struct iovec out[2] = { { "first", 5 }, { "second", 6 } };
    struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &out[0], .msg_iovlen = 1 } },
        { .msg_hdr = { .msg_iov = &out[1], .msg_iovlen = 1 } } };
    CHECK_EQ(sendmmsg(one, messages, 2, 0), 2);
    CHECK_EQ(messages[0].msg_len, 5);
    CHECK_EQ(messages[1].msg_len, 6);
    char texts[3][8];
    struct iovec in[3] = { { texts[0], 8 }, { texts[1], 8 }, { texts[2], 8 } };
    struct mmsghdr got[3] = { { .msg_hdr = { .msg_iov = &in[0], .msg_iovlen = 1 } },
        { .msg_hdr = { .msg_iov = &in[1], .msg_iovlen = 1 } }, { .msg_hdr = { .msg_iov = &in[2], .msg_iovlen = 1 } } };
    CHECK(wait_for(two, POLLIN));
    CHECK_EQ(recvmmsg(two, got, 3, MSG_DONTWAIT, NULL), 2);
    CHECK_EQ(got[0].msg_len, 5);
    CHECK_EQ(got[1].msg_len, 6);
    CHECK(memcmp(texts[1], "second", 6) == 0);
    CHECK_ERRNO(recvmmsg(two, got, 3, MSG_DONTWAIT, NULL), EAGAIN);
}

BEHAVIOUR(ancillary_data_tells_the_destination)
{
    int one = bound(SOCK_DGRAM), two = bound(SOCK_DGRAM), on = 1;
    CHECK_OK(setsockopt(two, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
    CHECK_OK(connect_to(one, name_of(two)));
    CHECK_EQ(send(one, "x", 1, 0), 1);
    char byte, control[256];
    struct iovec vector = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    CHECK_EQ(recvmsg(two, &message, 0), 1);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    CHECK(header != NULL);
    CHECK_EQ(header->cmsg_level, IPPROTO_IP);
    CHECK_EQ(header->cmsg_type, IP_PKTINFO);
    struct in_pktinfo information;
    memcpy(&information, CMSG_DATA(header), sizeof information);
    CHECK_EQ(information.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

BEHAVIOUR(ipv6_streams_work)
{
    int listener = socket(AF_INET6, SOCK_STREAM, 0);
    SKIP_IF(listener == -1 && errno == EAFNOSUPPORT, "no IPv6");
    struct sockaddr_in6 name = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    SKIP_IF(bind(listener, (struct sockaddr*)&name, sizeof name) == -1 && errno == EADDRNOTAVAIL, "no ::1");
    socklen_t size = sizeof name;
    CHECK_OK(listen(listener, 1));
    CHECK_OK(getsockname(listener, (struct sockaddr*)&name, &size));
    CHECK_EQ(size, sizeof name);
    int client = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK_OK(connect(client, (struct sockaddr*)&name, sizeof name));
    struct sockaddr_in6 peer;
    size = sizeof peer;
    int server = accept(listener, (struct sockaddr*)&peer, &size);
    CHECK_OK(server);
    CHECK_EQ(peer.sin6_family, AF_INET6);
    CHECK_EQ(write(client, "six", 3), 3);
    char text[4];
    CHECK_EQ(recv(server, text, 3, MSG_WAITALL), 3);
    CHECK_EQ(option(client, IPPROTO_IPV6, IPV6_V6ONLY), 0);
}

// A listening socket on a port, 0 for any, that the remains of old connections do not keep from being bound.
static int listening_again(uint16_t port)
{
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in name = loopback(port);
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(descriptor, (struct sockaddr*)&name, sizeof name) != 0 || listen(descriptor, 1) != 0)
        return -1;
    return descriptor;
}

BEHAVIOUR(a_closed_port_can_be_listened_on_again_with_reuseaddr)
{
    int listener = listening_again(0), client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = name_of(listener);
    CHECK_OK(connect_to(client, name));
    int server = accept(listener, NULL, NULL);
    CHECK_OK(close(server));
    CHECK_OK(close(client));
    CHECK_OK(close(listener));
    CHECK_OK(listening_again(ntohs(name.sin_port)));
}
