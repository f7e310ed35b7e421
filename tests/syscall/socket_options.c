// Socket options and timeouts.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <netinet/tcp.h>

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
