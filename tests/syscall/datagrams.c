// Internet datagrams.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <stdlib.h>
#include <string.h>

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
