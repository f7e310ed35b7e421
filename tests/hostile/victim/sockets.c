// Calls on sockets.
#define _GNU_SOURCE
#include "tests/hostile/victim/host_pair.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { kSize = 100, kControl = 256, kList = 400 };

static char *buffer, *control;
static int pair[2], listener;
static struct sockaddr_in* address;
static struct sockaddr_in own;

static void prepare_pair(void)
{
    buffer = guarded(kSize);
    control = guarded(kControl);
    make_stream_pair(pair);
}

static void prepare_datagrams(void)
{
    buffer = guarded(kSize);
    control = guarded(kControl);
    make_datagram_pair(pair);
}

static void prepare_listener(void)
{
    socklen_t size = sizeof(own);
    address = (struct sockaddr_in*)guarded(sizeof(own));
    listener = (int)must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(listener, (struct sockaddr*)&own, sizeof(own)), "bind");
    must(listen(listener, 8), "listen");
    must(getsockname(listener, (struct sockaddr*)&own, &size), "getsockname");
}

// The other end of the pair never runs dry.
static void fill(void)
{
    char bytes[kSize] = { 0 };
    send(pair[1], bytes, sizeof(bytes), MSG_DONTWAIT);
}

static long closed(long descriptor)
{
    if (descriptor >= 0)
        close((int)descriptor);
    return descriptor;
}

static long act_socket(void) { return closed(socket(AF_INET, SOCK_STREAM, 0)); }

static long act_bind(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int made = socket(AF_INET, SOCK_STREAM, 0);
    long result = bind(made, (struct sockaddr*)&any, sizeof(any));
    int error = errno;
    closed(made);
    errno = error;
    return result;
}

// A name that the host has to find from our working directory.
static long act_bind_name(void)
{
    struct sockaddr_un name = { AF_UNIX, "socket" };
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    long result = bind(made, (struct sockaddr*)&name, sizeof(name));
    int error = errno;
    closed(made);
    unlink("socket");
    errno = error;
    return result;
}

static long act_listen(void) { return listen(listener, 8); }

// While lies are told nobody is accepted, and the connections pile up.
static long act_accept(void)
{
    socklen_t size = sizeof(*address);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(client, (struct sockaddr*)&own, sizeof(own));
    long made = accept4(listener, (struct sockaddr*)address, &size, 0);
    int error = errno;
    closed(client), closed(made);
    errno = error;
    if (made >= 0 && size > sizeof(struct sockaddr_storage))
        harmed("an address of %u bytes", size);
    return made;
}

static long act_connect(void)
{
    int client = socket(AF_INET, SOCK_DGRAM, 0);
    long result = connect(client, (struct sockaddr*)&own, sizeof(own));
    int error = errno;
    closed(client);
    errno = error;
    return result;
}

static long ask_name(long number, int socket)
{
    socklen_t size = sizeof(*address);
    long result = syscall(number, socket, address, &size);
    if (result == 0 && size > sizeof(struct sockaddr_storage))
        harmed("an address of %u bytes", size);
    return result;
}
static long act_getsockname(void) { return ask_name(SYS_getsockname, listener); }

static int client;
static void prepare_peer(void)
{
    prepare_listener();
    client = (int)must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(connect(client, (struct sockaddr*)&own, sizeof(own)), "connect");
}
static long act_getpeername(void) { return ask_name(SYS_getpeername, client); }

static long act_shutdown(void) { return shutdown(pair[0], SHUT_WR); }

static long act_setsockopt(void)
{
    int value = 1;
    return setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
}
static void prepare_option(void)
{
    prepare_listener();
    buffer = guarded(sizeof(int));
}
static long act_getsockopt(void)
{
    socklen_t size = sizeof(int);
    long result = getsockopt(listener, SOL_SOCKET, SO_TYPE, buffer, &size);
    if (result == 0 && size > sizeof(int))
        harmed("an option of %u bytes", size);
    return result;
}

static long act_recv(void)
{
    fill();
    return recv(pair[0], buffer, kSize, MSG_DONTWAIT);
}
// MSG_TRUNC may give a datagram's whole size, but of a stream nothing is cut.
static long act_recv_truncated(void)
{
    fill();
    return recv(pair[0], buffer, kSize, MSG_DONTWAIT | MSG_TRUNC);
}
static long act_send(void)
{
    while (recv(pair[1], buffer, kSize, MSG_DONTWAIT) > 0) { }
    return send(pair[0], buffer, kSize, MSG_DONTWAIT);
}

static long send_descriptor(int socket, int descriptor)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } outgoing = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    memcpy(CMSG_DATA(&outgoing.header), &descriptor, sizeof(descriptor));
    struct iovec vector = { buffer, kSize };
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = outgoing.bytes, .msg_controllen = sizeof(outgoing.bytes)
    };
    return sendmsg(socket, &header, MSG_DONTWAIT);
}

static long act_sendmsg(void)
{
    while (recv(pair[1], buffer, kSize, MSG_DONTWAIT) > 0) { }
    return send_descriptor(pair[0], file);
}

// Every descriptor that came is closed again: none may be one that the program had.
static void close_received(struct msghdr* header)
{
    for (struct cmsghdr* one = CMSG_FIRSTHDR(header); one; one = CMSG_NXTHDR(header, one)) {
        if (one->cmsg_len < sizeof(*one) || (char*)one + one->cmsg_len > control + kControl)
            harmed("a control message of %zu bytes", one->cmsg_len);
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= one->cmsg_len - sizeof(*one); at += sizeof(int)) {
            int received;
            memcpy(&received, CMSG_DATA(one) + at, sizeof(received));
            if (received >= 0 && received <= pair[1])
                harmed("descriptor %d came, which is in use", received);
            closed(received);
        }
    }
}

static long act_recvmsg(void)
{
    send_descriptor(pair[1], file);
    struct iovec vector = { buffer, kSize };
    struct msghdr header = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = kControl, .msg_name = NULL
    };
    long size = recvmsg(pair[0], &header, MSG_DONTWAIT);
    if (size < 0)
        return size;
    if (header.msg_controllen > kControl)
        harmed("control messages of %zu bytes", header.msg_controllen);
    close_received(&header);
    return size;
}

// An address of a datagram.
static int receiver;
static void prepare_from(void)
{
    buffer = guarded(kSize);
    address = (struct sockaddr_in*)guarded(sizeof(own));
    socklen_t size = sizeof(own);
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver = (int)must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    must(bind(receiver, (struct sockaddr*)&own, sizeof(own)), "bind");
    must(getsockname(receiver, (struct sockaddr*)&own, &size), "getsockname");
}
static long act_from(void)
{
    socklen_t size = sizeof(*address);
    sendto(receiver, buffer, kSize, MSG_DONTWAIT, (struct sockaddr*)&own, sizeof(own));
    long count = recvfrom(receiver, buffer, kSize, MSG_DONTWAIT, (struct sockaddr*)address, &size);
    if (count >= 0 && size > sizeof(struct sockaddr_storage))
        harmed("an address of %u bytes", size);
    return count;
}

static int stored;
static void prepare_file_to_send(void)
{
    prepare_pair();
    must(write(stored = (int)must(open("/tmp", O_TMPFILE | O_RDWR, 0600), "open"), buffer, kSize), "write");
}
static long act_sendfile(void)
{
    off_t offset = 0;
    while (recv(pair[1], buffer, kSize, MSG_DONTWAIT) > 0) { }
    long sent = sendfile(pair[0], stored, &offset, kSize);
    if (sent >= 0 && offset != sent)
        harmed("%ld bytes sent, and the offset is %ld", sent, (long)offset);
    return sent;
}

static long act_ioctl(void)
{
    int value = 0;
    return ioctl(pair[0], FIONREAD, &value);
}
// Whether there is such a process, is the host's to say.
static long act_owner(void) { return fcntl(pair[0], F_SETOWN, getppid()); }

static void prepare_interfaces(void)
{
    prepare_listener();
    buffer = guarded(kList);
}
static long act_interfaces(void)
{
    struct ifconf list = { .ifc_len = kList, .ifc_buf = buffer };
    long result = ioctl(listener, SIOCGIFCONF, &list);
    if (result == 0 && (list.ifc_len < 0 || list.ifc_len > kList))
        harmed("a list of %d bytes", list.ifc_len);
    return result;
}

struct scenario const socket_scenarios[] = {
    { "socket", NULL, act_socket, INT_MAX },
    { "bind", NULL, act_bind, 0 },
    { "bind_name", NULL, act_bind_name, 0 },
    { "listen", prepare_listener, act_listen, 0 },
    { "accept", prepare_listener, act_accept, INT_MAX },
    { "connect", prepare_listener, act_connect, 0 },
    { "getsockname", prepare_listener, act_getsockname, 0 },
    { "getpeername", prepare_peer, act_getpeername, 0 },
    { "shutdown", prepare_pair, act_shutdown, 0 },
    { "setsockopt", prepare_listener, act_setsockopt, 0 },
    { "getsockopt", prepare_option, act_getsockopt, 0 },
    { "recv", prepare_pair, act_recv, kSize },
    { "recv_truncated", prepare_pair, act_recv_truncated, kSize },
    { "send", prepare_pair, act_send, kSize },
    { "sendmsg", prepare_datagrams, act_sendmsg, kSize },
    { "recvmsg", prepare_datagrams, act_recvmsg, kSize },
    { "from", prepare_from, act_from, kSize },
    { "sendfile", prepare_file_to_send, act_sendfile, kSize },
    { "ioctl", prepare_pair, act_ioctl, INT_MAX },
    { "owner", prepare_pair, act_owner, 0 },
    { "interfaces", prepare_interfaces, act_interfaces, 0 },
    { 0 },
};
