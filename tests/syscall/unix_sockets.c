// Unix sockets: pairs, names in the file system and abstract ones, descriptors as messages, credentials.
#include "tests/support/unix_names.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static long send_descriptor(int socket, int descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec vector = { "d", 1 };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, 0);
}

static int receive_descriptor(int socket, int flags)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec vector = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    if (recvmsg(socket, &message, flags) != 1)
        return -1;
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

BEHAVIOUR(a_stream_pair_carries_bytes_both_ways)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(write(pair[0], "one", 3), 3);
    CHECK_EQ(write(pair[0], "two", 3), 3);
    char text[16] = { 0 };
    CHECK_EQ(read(pair[1], text, 16), 6);
    CHECK(strcmp(text, "onetwo") == 0);
    CHECK_EQ(write(pair[1], "back", 4), 4);
    CHECK_EQ(read(pair[0], text, 16), 4);
}

BEHAVIOUR(datagram_and_sequenced_pairs_keep_boundaries)
{
    static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };
    for (size_t i = 0; i < COUNT_OF(types); ++i) {
        int pair[2];
        CHECK_OK(socketpair(AF_UNIX, types[i] | SOCK_NONBLOCK, 0, pair));
        CHECK_EQ(write(pair[0], "first", 5), 5);
        CHECK_EQ(write(pair[0], "second", 6), 6);
        char text[16];
        CHECK_EQ(read(pair[1], text, 2), 2);
        CHECK_EQ(read(pair[1], text, 16), 6);
        CHECK_ERRNO(read(pair[1], text, 16), EAGAIN);
    }
}

BEHAVIOUR(the_other_end_of_a_closed_pair_is_told)
{
    int pair[2];
    char byte;
    signal(SIGPIPE, SIG_IGN);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(close(pair[1]));
    CHECK_EQ(read(pair[0], &byte, 1), 0);
    CHECK_ERRNO(write(pair[0], "x", 1), EPIPE);
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK_OK(close(pair[1]));
    CHECK_ERRNO(write(pair[0], "x", 1), ECONNREFUSED);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(write(pair[0], "unread", 6), 6);
    CHECK_OK(close(pair[1]));
    CHECK_ERRNO(read(pair[0], &byte, 1), ECONNRESET);
}

BEHAVIOUR(socketpair_checks_what_it_is_given)
{
    int pair[2];
    CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, pair), EOPNOTSUPP);
    CHECK_ERRNO(socketpair(AF_UNIX, 77, 0, pair), EINVAL);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 7, pair), EPROTONOSUPPORT);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, bad_pointer()), EFAULT);
    CHECK_ERRNO(socketpair(99, SOCK_STREAM, 0, pair), EAFNOSUPPORT);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
    CHECK_EQ(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(pair[1], F_GETFL), O_RDWR | O_NONBLOCK);
}

BEHAVIOUR(a_named_socket_is_a_file)
{
    int listener = listening_at("socket", SOCK_STREAM);
    CHECK_OK(listener);
    struct stat status;
    CHECK_OK(stat("socket", &status));
    CHECK(S_ISSOCK(status.st_mode));
    CHECK_ERRNO(open("socket", O_RDWR), ENXIO);
    int client = connect_to("socket", SOCK_STREAM);
    CHECK_OK(client);
    int server = accept(listener, NULL, NULL);
    CHECK_OK(server);
    CHECK_EQ(write(client, "hi", 2), 2);
    char text[4];
    CHECK_EQ(read(server, text, 4), 2);
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    CHECK_OK(getsockname(server, (struct sockaddr*)&name, &size));
    CHECK(strcmp(name.sun_path, "socket") == 0);
    size = sizeof name;
    CHECK_OK(getpeername(server, (struct sockaddr*)&name, &size));
    CHECK_EQ(size, sizeof(sa_family_t));
}

BEHAVIOUR(named_sockets_check_what_they_are_given)
{
    CHECK_OK(listening_at("socket", SOCK_STREAM));
    open_file_with("file", "");
    struct sockaddr_un name = named("socket"), deep = named("missing/socket");
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&name, sizeof name), EADDRINUSE);
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&deep, sizeof deep), ENOENT);
    CHECK_ERRNO(bind(descriptor, (struct sockaddr*)&name, sizeof name + 10), EINVAL);
    CHECK_ERRNO(connect_to("missing", SOCK_STREAM), ENOENT);
    CHECK_ERRNO(connect_to("file", SOCK_STREAM), ECONNREFUSED);
    CHECK_ERRNO(connect_to("socket", SOCK_DGRAM), EPROTOTYPE);
}

BEHAVIOUR(a_name_without_a_listener_refuses)
{
    int listener = listening_at("socket", SOCK_STREAM);
    CHECK_OK(close(listener));
    CHECK_ERRNO(connect_to("socket", SOCK_STREAM), ECONNREFUSED);
    CHECK_OK(unlink("socket"));
    CHECK_ERRNO(connect_to("socket", SOCK_STREAM), ENOENT);
}

BEHAVIOUR(abstract_names_need_no_file)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    // A family alone as the address asks for an abstract name that is free.
    CHECK_OK(bind(listener, (struct sockaddr*)&name, sizeof(sa_family_t)));
    socklen_t size = sizeof name;
    CHECK_OK(getsockname(listener, (struct sockaddr*)&name, &size));
    CHECK_EQ(size, sizeof(sa_family_t) + 6);
    CHECK_EQ(name.sun_path[0], 0);
    CHECK_OK(listen(listener, 1));
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(connect(client, (struct sockaddr*)&name, size));
    CHECK_OK(accept(listener, NULL, NULL));
}

BEHAVIOUR(named_datagrams_tell_their_sender)
{
    int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un first = named("first"), second = named("second"), from;
    CHECK_OK(bind(one, (struct sockaddr*)&first, sizeof first));
    CHECK_OK(bind(two, (struct sockaddr*)&second, sizeof second));
    CHECK_EQ(sendto(one, "hi", 2, 0, (struct sockaddr*)&second, sizeof second), 2);
    char text[4];
    socklen_t size = sizeof from;
    CHECK_EQ(recvfrom(two, text, 4, 0, (struct sockaddr*)&from, &size), 2);
    CHECK(strcmp(from.sun_path, "first") == 0);
    CHECK_ERRNO(send(one, "x", 1, 0), ENOTCONN);
}

BEHAVIOUR(a_descriptor_can_be_sent)
{
    int pair[2], file = open_file_with("a", "0123456789");
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(lseek(file, 4, SEEK_SET), 4);
    CHECK_EQ(send_descriptor(pair[0], file), 1);
    CHECK_OK(close(file));
    int received = receive_descriptor(pair[1], MSG_CMSG_CLOEXEC);
    CHECK_OK(received);
    CHECK_EQ(fcntl(received, F_GETFD), FD_CLOEXEC);
    char byte;
    CHECK_EQ(read(received, &byte, 1), 1);
    CHECK_EQ(byte, '4');
}

BEHAVIOUR(recvmsg_tells_back_that_descriptors_were_to_be_closed_on_exec)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int asked[] = { 0, MSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC | MSG_DONTWAIT };
    for (size_t i = 0; i < COUNT_OF(asked); ++i) {
        char byte = 'x';
        struct iovec vector = { &byte, 1 };
        struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
        CHECK_EQ(write(pair[0], &byte, 1), 1);
        CHECK_EQ(recvmsg(pair[1], &message, asked[i]), 1);
        CHECK_EQ(message.msg_flags, asked[i] & MSG_CMSG_CLOEXEC);
    }
}

BEHAVIOUR(a_pipe_and_an_eventful_descriptor_can_be_sent)
{
    int pair[2], ends[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(pipe(ends));
    CHECK_EQ(send_descriptor(pair[0], ends[1]), 1);
    CHECK_OK(close(ends[1]));
    int received = receive_descriptor(pair[1], 0);
    CHECK_OK(received);
    CHECK_EQ(write(received, "x", 1), 1);
    CHECK_OK(close(received));
    char text[4];
    CHECK_EQ(read(ends[0], text, 4), 1);
    CHECK_EQ(read(ends[0], text, 4), 0);
}

BEHAVIOUR(sent_descriptors_are_checked)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_ERRNO(send_descriptor(pair[0], 500), EBADF);
    CHECK_ERRNO(send_descriptor(pair[0], -1), EBADF);
}

BEHAVIOUR(control_data_that_does_not_fit_is_marked)
{
    int pair[2], file = open_file_with("a", "");
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(send_descriptor(pair[0], file), 1);
    char byte;
    struct iovec vector = { &byte, 1 };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    CHECK_EQ(recvmsg(pair[1], &message, 0), 1);
    CHECK_EQ(message.msg_flags & MSG_CTRUNC, MSG_CTRUNC);
}

BEHAVIOUR(so_peercred_names_the_process)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct ucred credentials = { 0 };
    socklen_t size = sizeof credentials;
    CHECK_OK(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &credentials, &size));
    CHECK_EQ(credentials.pid, getpid());
    CHECK_EQ(credentials.uid, geteuid());
    CHECK_EQ(credentials.gid, getegid());
}

BEHAVIOUR(so_passcred_brings_credentials)
{
    int pair[2], on = 1;
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CHECK_EQ(write(pair[0], "x", 1), 1);
    char byte, control[256];
    struct iovec vector = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
    };
    CHECK_EQ(recvmsg(pair[1], &message, 0), 1);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    CHECK(header != NULL);
    CHECK_EQ(header->cmsg_type, SCM_CREDENTIALS);
    struct ucred credentials;
    memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    CHECK_EQ(credentials.pid, getpid());
    CHECK_EQ(credentials.uid, geteuid());
}

BEHAVIOUR(shutdown_of_a_pair_has_two_directions)
{
    int pair[2];
    char byte;
    signal(SIGPIPE, SIG_IGN);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(shutdown(pair[0], SHUT_RD));
    CHECK_EQ(read(pair[0], &byte, 1), 0);
    CHECK_ERRNO(write(pair[1], "x", 1), EPIPE);
    CHECK_EQ(write(pair[0], "y", 1), 1);
    CHECK_EQ(read(pair[1], &byte, 1), 1);
}

BEHAVIOUR(a_full_pair_refuses_nonblocking_writes)
{
    int pair[2];
    static char block[4096];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    while (write(pair[0], block, sizeof block) > 0) { }
    CHECK_EQ(errno, EAGAIN);
    struct pollfd entry = { pair[0], POLLOUT, 0 };
    CHECK_EQ(poll(&entry, 1, 0), 0);
    while (read(pair[1], block, sizeof block) > 0) { }
    CHECK_EQ(poll(&entry, 1, 0), 1);
    CHECK_EQ(write(pair[0], block, 1), 1);
}

BEHAVIOUR(a_pair_needs_room_for_its_numbers_first)
{
    CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, bad_pointer()), EFAULT);
    CHECK_ERRNO(sendto(-1, kernel_pointer(), 8, 0, NULL, 0), EFAULT);
    CHECK_ERRNO(recvfrom(-1, kernel_pointer(), 8, 0, NULL, NULL), EFAULT);
}

BEHAVIOUR(only_streams_raise_sigpipe)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    signal(SIGPIPE, SIG_DFL);
    CHECK_OK(shutdown(pair[0], SHUT_WR));
    CHECK_ERRNO(write(pair[0], "x", 1), EPIPE);
}
