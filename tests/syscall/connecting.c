// Making sockets and connections: socket, bind, listen, connect, accept.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

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
