// Internet streams: sending, receiving, flags, ends.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>

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

// In pieces, with time between them, then the end.
static void* send_in_pieces(void* socket)
{
    int const to = *(int*)socket;
    for (int i = 0; i < 4; ++i) {
        usleep(20000);
        write(to, &"abcdefgh"[2 * i], 2);
    }
    usleep(20000);
    shutdown(to, SHUT_WR);
    return NULL;
}

BEHAVIOUR(msg_peek_with_msg_waitall_waits_for_all_or_for_the_end)
{
    int pair[2];
    CHECK(connected(pair));
    pthread_t sender;
    CHECK_OK(pthread_create(&sender, NULL, send_in_pieces, &pair[0]));
    char text[16] = { 0 };
    CHECK_EQ(recv(pair[1], text, 5, MSG_PEEK | MSG_WAITALL), 5);
    CHECK(memcmp(text, "abcde", 5) == 0);
    CHECK_EQ(recv(pair[1], text, 2, 0), 2);
    CHECK_EQ(recv(pair[1], text, 16, MSG_PEEK | MSG_WAITALL), 6);
    CHECK(memcmp(text, "cdefgh", 6) == 0);
    CHECK_EQ(recv(pair[1], text, 16, MSG_WAITALL), 6);
    CHECK_EQ(recv(pair[1], text, 16, MSG_PEEK | MSG_WAITALL), 0);
    CHECK_OK(pthread_join(sender, NULL));
}

BEHAVIOUR(msg_peek_with_msg_waitall_waits_no_longer_than_others)
{
    int pair[2];
    CHECK(connected(pair));
    CHECK_EQ(write(pair[0], "text", 4), 4);
    CHECK(wait_for(pair[1], POLLIN));
    char text[8] = { 0 };
    CHECK_EQ(recv(pair[1], text, 8, MSG_PEEK | MSG_WAITALL | MSG_DONTWAIT), 4);
    struct timeval const limit = { .tv_usec = 50000 };
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    CHECK_EQ(recv(pair[1], text, 8, MSG_PEEK | MSG_WAITALL), 4);
    CHECK_EQ(recv(pair[1], text, 4, MSG_PEEK | MSG_WAITALL), 4);
    CHECK_EQ(read(pair[1], text, 4), 4);
    CHECK_ERRNO(recv(pair[1], text, 8, MSG_PEEK | MSG_WAITALL), EAGAIN);
}

BEHAVIOUR(msg_peek_with_msg_waitall_looks_at_much)
{
    static char sent[100000], seen[sizeof sent];
    int pair[2];
    CHECK(connected(pair));
    int const room = 1 << 20;
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &room, sizeof room));
    for (size_t i = 0; i < sizeof sent; ++i)
        sent[i] = (char)(i * 7 + i / 251);
    for (size_t done = 0; done < sizeof sent;) {
        ssize_t count = write(pair[0], sent + done, 10000);
        CHECK(count > 0);
        done += (size_t)count;
    }
    for (int i = 0; i < 2; ++i) {
        memset(seen, 0, sizeof seen);
        CHECK_EQ(recv(pair[1], seen, sizeof seen, i == 0 ? MSG_PEEK | MSG_WAITALL : MSG_WAITALL), sizeof seen);
        CHECK(memcmp(seen, sent, sizeof sent) == 0);
    }
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
