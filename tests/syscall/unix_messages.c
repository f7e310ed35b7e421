// Unix datagrams and sequenced packets: boundaries, how much fits, ends, addresses.
#include "tests/support/unix_names.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static const int both_types[] = { SOCK_DGRAM, SOCK_SEQPACKET };

static short events_of(int descriptor)
{
    struct pollfd entry = { descriptor, POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0 };
    poll(&entry, 1, 0);
    return entry.revents;
}

static int error_of(int descriptor)
{
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size) == 0 ? value : -1;
}

BEHAVIOUR(truncation_is_told)
{
    for (size_t i = 0; i < COUNT_OF(both_types); ++i) {
        int pair[2];
        char text[16] = { 0 };
        CHECK_OK(socketpair(AF_UNIX, both_types[i], 0, pair));
        CHECK_EQ(send(pair[0], "message", 7, 0), 7);
        CHECK_EQ(recv(pair[1], text, 3, MSG_PEEK | MSG_TRUNC), 7);
        struct iovec vector = { text, 4 };
        struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
        CHECK_EQ(recvmsg(pair[1], &header, 0), 4);
        CHECK_EQ(header.msg_flags, MSG_TRUNC);
        CHECK_EQ(send(pair[0], "other", 5, 0), 5);
        vector.iov_len = 16;
        CHECK_EQ(recvmsg(pair[1], &header, MSG_TRUNC), 5);
        CHECK_EQ(header.msg_flags, 0);
    }
}

BEHAVIOUR(a_message_can_be_empty)
{
    for (size_t i = 0; i < COUNT_OF(both_types); ++i) {
        int pair[2], count = -1;
        char text[4];
        CHECK_OK(socketpair(AF_UNIX, both_types[i] | SOCK_NONBLOCK, 0, pair));
        CHECK_EQ(send(pair[0], "", 0, 0), 0);
        CHECK_EQ(send(pair[0], "ab", 2, 0), 2);
        CHECK_EQ(events_of(pair[1]) & POLLIN, POLLIN);
        CHECK_OK(ioctl(pair[1], FIONREAD, &count));
        CHECK_EQ(count, both_types[i] == SOCK_DGRAM ? 0 : 2);
        CHECK_EQ(recv(pair[1], text, 4, 0), 0);
        CHECK_EQ(recv(pair[1], text, 4, 0), 2);
        CHECK_ERRNO(recv(pair[1], text, 4, 0), EAGAIN);
    }
}

BEHAVIOUR(a_message_must_fit_the_buffer)
{
    for (size_t i = 0; i < COUNT_OF(both_types); ++i) {
        int pair[2];
        static char block[212992];
        CHECK_OK(socketpair(AF_UNIX, both_types[i] | SOCK_NONBLOCK, 0, pair));
        CHECK_ERRNO(send(pair[0], block, 212992 - 31, 0), EMSGSIZE);
        memset(block, 'x', sizeof block);
        CHECK_EQ(send(pair[0], block, 212992 - 32, 0), 212992 - 32);
        CHECK_EQ(send(pair[0], block, 10000, 0), -1);
        CHECK_EQ(errno, EAGAIN);
        CHECK_EQ(events_of(pair[0]) & POLLOUT, 0);
        memset(block, 0, sizeof block);
        CHECK_EQ(recv(pair[1], block, sizeof block, 0), 212992 - 32);
        CHECK(block[0] == 'x' && block[212992 - 33] == 'x');
        CHECK_EQ(events_of(pair[0]) & POLLOUT, POLLOUT);
    }
}

BEHAVIOUR(sequenced_packets_end_as_streams_do)
{
    int pair[2];
    char text[8];
    signal(SIGPIPE, SIG_IGN);
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CHECK_EQ(send(pair[1], "last", 4, 0), 4);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM);
    CHECK_EQ(recv(pair[0], text, 8, 0), 4);
    CHECK_EQ(recv(pair[0], text, 8, 0), 0);
    CHECK_ERRNO(send(pair[0], "x", 1, 0), EPIPE);
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CHECK_EQ(send(pair[0], "unread", 6, 0), 6);
    CHECK_OK(close(pair[1]));
    CHECK_ERRNO(recv(pair[0], text, 8, 0), ECONNRESET);
    CHECK_EQ(recv(pair[0], text, 8, 0), 0);
    int lone = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK_ERRNO(recv(lone, text, 8, 0), ENOTCONN);
    CHECK_ERRNO(send(lone, "x", 1, 0), ENOTCONN);
    CHECK_EQ(events_of(lone), POLLOUT | POLLWRNORM | POLLHUP);
}

BEHAVIOUR(datagrams_to_nobody_are_refused_and_the_connection_forgotten)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK_EQ(events_of(pair[0]), POLLOUT | POLLWRNORM);
    CHECK_OK(close(pair[1]));
    CHECK_ERRNO(send(pair[0], "x", 1, 0), ECONNREFUSED);
    CHECK_ERRNO(send(pair[0], "x", 1, 0), ENOTCONN);
    CHECK_EQ(error_of(pair[0]), 0);
}

BEHAVIOUR(shutting_down_datagrams_concerns_one_end)
{
    int pair[2];
    char byte;
    CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    CHECK_OK(shutdown(pair[0], SHUT_WR));
    CHECK_ERRNO(send(pair[0], "x", 1, 0), EPIPE);
    CHECK_EQ(send(pair[1], "y", 1, 0), 1);
    CHECK_EQ(recv(pair[0], &byte, 1, 0), 1);
    CHECK_OK(shutdown(pair[0], SHUT_RD));
    CHECK_ERRNO(send(pair[1], "y", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(recv(pair[0], &byte, 1, 0), 0);
    CHECK_EQ(events_of(pair[0]), POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM);
}

BEHAVIOUR(many_messages_go_in_one_call)
{
    for (size_t i = 0; i < COUNT_OF(both_types); ++i) {
        int pair[2];
        CHECK_OK(socketpair(AF_UNIX, both_types[i] | SOCK_NONBLOCK, 0, pair));
        struct iovec out[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } };
        struct mmsghdr messages[3] = { 0 };
        for (int j = 0; j < 3; ++j)
            messages[j].msg_hdr = (struct msghdr) { .msg_iov = &out[j], .msg_iovlen = 1 };
        CHECK_EQ(sendmmsg(pair[0], messages, 3, 0), 3);
        CHECK_EQ(messages[2].msg_len, 3);
        char text[4][4];
        struct iovec in[4];
        struct mmsghdr got[4] = { 0 };
        for (int j = 0; j < 4; ++j) {
            in[j] = (struct iovec) { text[j], 4 };
            got[j].msg_hdr = (struct msghdr) { .msg_iov = &in[j], .msg_iovlen = 1 };
        }
        CHECK_EQ(recvmmsg(pair[1], got, 4, 0, NULL), 3);
        CHECK_EQ(got[0].msg_len, 1);
        CHECK_EQ(got[2].msg_len, 3);
    }
}

BEHAVIOUR(whom_it_is_not_connected_to_keeps_a_few_datagrams)
{
    int receiver = bound_at("receiver", SOCK_DGRAM), sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CHECK_OK(receiver);
    CHECK_OK(connect_by(sender, "receiver"));
    int count = 0;
    while (send(sender, "x", 1, 0) == 1)
        ++count;
    CHECK_EQ(errno, EAGAIN);
    say("%d", count);
    CHECK_EQ(events_of(sender), 0);
    char byte;
    CHECK_EQ(recv(receiver, &byte, 1, 0), 1);
    CHECK_EQ(events_of(sender), POLLOUT | POLLWRNORM);
    CHECK_EQ(send(sender, "x", 1, 0), 1);
}

static void* take_later(void* descriptor)
{
    char byte;
    sleep_ms(30);
    for (int i = 0; i < 40; ++i)
        EXPECT(recv(*(int*)descriptor, &byte, 1, 0) == 1 && byte == i);
    return NULL;
}

BEHAVIOUR(a_sender_of_datagrams_waits_for_room)
{
    int receiver = bound_at("receiver", SOCK_DGRAM), sender = connect_to("receiver", SOCK_DGRAM);
    pthread_t taker;
    CHECK_EQ(pthread_create(&taker, NULL, take_later, &receiver), 0);
    for (int i = 0; i < 40; ++i) {
        char byte = (char)i;
        CHECK_EQ(send(sender, &byte, 1, 0), 1);
    }
    CHECK_EQ(pthread_join(taker, NULL), 0);
}

BEHAVIOUR(a_connected_datagram_socket_hears_its_peer_only)
{
    int one = bound_at("one", SOCK_DGRAM), two = bound_at("two", SOCK_DGRAM), three = bound_at("three", SOCK_DGRAM);
    struct sockaddr_un first = named("one");
    char byte;
    CHECK_OK(connect_by(one, "two"));
    CHECK_EQ(sendto(two, "x", 1, 0, (struct sockaddr*)&first, sizeof first), 1);
    CHECK_ERRNO(sendto(three, "x", 1, 0, (struct sockaddr*)&first, sizeof first), EPERM);
    CHECK_ERRNO(connect_by(three, "one"), EPERM);
    CHECK_OK(connect_by(one, "three"));
    CHECK_EQ(sendto(three, "x", 1, 0, (struct sockaddr*)&first, sizeof first), 1);
    CHECK_EQ(recv(one, &byte, 1, 0), 1);
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    CHECK_ERRNO(connect(one, &nobody, 0), EINVAL);
    CHECK_OK(connect(one, &nobody, sizeof nobody));
    CHECK_ERRNO(send(one, "x", 1, 0), ENOTCONN);
    CHECK_EQ(sendto(two, "x", 1, 0, (struct sockaddr*)&first, sizeof first), 1);
}

BEHAVIOUR(who_has_no_name_tells_none)
{
    int receiver = bound_at("receiver", SOCK_DGRAM), sender = connect_to("receiver", SOCK_DGRAM);
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    char byte;
    CHECK_EQ(send(sender, "x", 1, 0), 1);
    CHECK_EQ(recvfrom(receiver, &byte, 1, 0, (struct sockaddr*)&from, &size), 1);
    CHECK_EQ(size, 0);
    CHECK_OK(bind_to(sender, "sender"));
    CHECK_EQ(send(sender, "x", 1, 0), 1);
    size = sizeof from;
    CHECK_EQ(recvfrom(receiver, &byte, 1, 0, (struct sockaddr*)&from, &size), 1);
    CHECK_EQ(size, offsetof(struct sockaddr_un, sun_path) + sizeof "sender");
    CHECK(strcmp(from.sun_path, "sender") == 0);
    size = sizeof from;
    CHECK_OK(getpeername(sender, (struct sockaddr*)&from, &size));
    CHECK(strcmp(from.sun_path, "receiver") == 0);
}

BEHAVIOUR(raw_means_datagrams)
{
    int pair[2], type = 0;
    socklen_t size = sizeof type;
    CHECK_OK(socketpair(AF_UNIX, SOCK_RAW, 0, pair));
    CHECK_OK(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &size));
    CHECK_EQ(type, SOCK_DGRAM);
    CHECK_ERRNO(socketpair(AF_UNIX, SOCK_RDM, 0, pair), ESOCKTNOSUPPORT);
}
