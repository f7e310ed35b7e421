// What goes beside the bytes of Unix sockets: descriptors and credentials.
#include "tests/support/unix_names.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { kMostDescriptors = 253 };

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * (kMostDescriptors + 1)) + CMSG_SPACE(sizeof(struct ucred))];
};

static ssize_t send_all(int socket, const char* text, size_t size, const int* descriptors, size_t count)
{
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec vector = { (char*)text, size };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

struct got {
    ssize_t size;
    int flags;
    size_t count;
    size_t control_size;
    int descriptors[kMostDescriptors];
    struct ucred credentials;
};

static struct got receive_all(int socket, char* text, size_t size, size_t room, int flags)
{
    static union control control;
    memset(&control, 0, sizeof control);
    struct got got = { .credentials = { -1, 0, 0 } };
    struct iovec vector = { text, size };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = room };
    got.size = recvmsg(socket, &message, flags);
    got.flags = message.msg_flags;
    got.control_size = message.msg_controllen;
    for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_type == SCM_RIGHTS) {
            got.count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(got.descriptors, CMSG_DATA(header), got.count * sizeof(int));
        } else if (header->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&got.credentials, CMSG_DATA(header), sizeof got.credentials);
        }
    }
    return got;
}

static void close_all(const struct got* got)
{
    for (size_t i = 0; i < got->count; ++i)
        close(got->descriptors[i]);
}

BEHAVIOUR(descriptors_bound_what_one_read_of_a_stream_gives)
{
    int pair[2], file = open_file_with("a", "");
    char text[32];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(write(pair[0], "before", 6), 6);
    CHECK_EQ(send_all(pair[0], "with", 4, &file, 1), 4);
    CHECK_EQ(write(pair[0], "after", 5), 5);
    struct got got = receive_all(pair[1], text, 32, sizeof(union control), 0);
    CHECK_EQ(got.size, 10);
    CHECK(memcmp(text, "beforewith", 10) == 0);
    CHECK_EQ(got.count, 1);
    close_all(&got);
    got = receive_all(pair[1], text, 32, sizeof(union control), 0);
    CHECK_EQ(got.size, 5);
    CHECK_EQ(got.count, 0);
    CHECK_EQ(got.control_size, 0);
}

BEHAVIOUR(descriptors_come_with_the_first_byte)
{
    int pair[2], file = open_file_with("a", "");
    char text[32];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(send_all(pair[0], "abcd", 4, &file, 1), 4);
    CHECK_EQ(send_all(pair[0], "efgh", 4, &file, 1), 4);
    struct got got = receive_all(pair[1], text, 2, sizeof(union control), 0);
    CHECK(got.size == 2 && got.count == 1);
    close_all(&got);
    got = receive_all(pair[1], text, 32, sizeof(union control), MSG_WAITALL);
    CHECK(got.size == 6 && got.count == 1);
    CHECK(memcmp(text, "cdefgh", 6) == 0);
    close_all(&got);
}

BEHAVIOUR(peeking_brings_descriptors_too)
{
    int pair[2], file = open_file_with("a", "text");
    char text[8];
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CHECK_EQ(send_all(pair[0], "m", 1, &file, 1), 1);
    struct got first = receive_all(pair[1], text, 8, sizeof(union control), MSG_PEEK);
    struct got second = receive_all(pair[1], text, 8, sizeof(union control), 0);
    CHECK(first.count == 1 && second.count == 1);
    CHECK_EQ(read(first.descriptors[0], text, 2), 2);
    CHECK_EQ(read(second.descriptors[0], text, 8), 2);
    close_all(&first);
    close_all(&second);
}

BEHAVIOUR(descriptors_that_find_no_room_are_closed)
{
    int pair[2], ends[2];
    char text[8];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(pipe(ends));
    int three[3] = { ends[1], ends[1], ends[1] };
    CHECK_EQ(send_all(pair[0], "m", 1, three, 3), 1);
    CHECK_EQ(send_all(pair[0], "m", 1, three, 3), 1);
    CHECK_OK(close(ends[1]));
    struct got got = receive_all(pair[1], text, 8, CMSG_LEN(2 * sizeof(int)), 0);
    CHECK(got.size == 1 && got.count == 2);
    CHECK_EQ(got.flags, MSG_CTRUNC);
    close_all(&got);
    CHECK_EQ(read(pair[1], text, 8), 1); // and with it the others
    CHECK_EQ(read(ends[0], text, 8), 0);
}

BEHAVIOUR(too_many_descriptors_are_einval)
{
    int pair[2], many[kMostDescriptors + 1];
    char byte;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    for (int i = 0; i <= kMostDescriptors; ++i)
        many[i] = pair[0];
    CHECK_ERRNO(send_all(pair[0], "m", 1, many, kMostDescriptors + 1), EINVAL);
    CHECK_EQ(send_all(pair[0], "m", 1, many, kMostDescriptors), 1);
    struct got got = receive_all(pair[1], &byte, 1, sizeof(union control), MSG_CMSG_CLOEXEC);
    CHECK_EQ(got.count, kMostDescriptors);
    CHECK_EQ(fcntl(got.descriptors[kMostDescriptors - 1], F_GETFD), FD_CLOEXEC);
    close_all(&got);
}

BEHAVIOUR(numbers_that_run_out_cut_what_comes)
{
    int pair[2];
    char byte;
    struct rlimit before, few;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int three[3] = { pair[0], pair[0], pair[0] };
    CHECK_EQ(send_all(pair[0], "m", 1, three, 3), 1);
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &before));
    int lowest = dup(pair[0]);
    close(lowest);
    few = before;
    few.rlim_cur = (rlim_t)lowest + 2;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &few));
    struct got got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &before));
    CHECK(got.size == 1 && got.count == 2);
    CHECK_EQ(got.flags, MSG_CTRUNC);
    close_all(&got);
}

BEHAVIOUR(any_kind_of_descriptor_can_be_sent)
{
    int pair[2];
    char byte;
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    int kinds[] = { eventfd(0, 0), epoll_create1(0), open(".", O_RDONLY | O_DIRECTORY), open("/dev/null", O_RDWR),
        open(".", O_PATH), pair[1], socket(AF_INET, SOCK_STREAM, 0), socket(AF_UNIX, SOCK_DGRAM, 0) };
    struct stat sent, received;
    for (size_t i = 0; i < COUNT_OF(kinds); ++i) {
        CHECK_OK(kinds[i]);
        CHECK_EQ(send_all(pair[0], "m", 1, &kinds[i], 1), 1);
        struct got got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
        CHECK_EQ(got.count, 1);
        CHECK_OK(fstat(kinds[i], &sent));
        CHECK_OK(fstat(got.descriptors[0], &received));
        CHECK(sent.st_ino == received.st_ino && sent.st_mode == received.st_mode);
        close_all(&got);
    }
}

BEHAVIOUR(a_sent_socket_goes_on_working)
{
    int carrier[2], pair[2];
    char text[8];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, carrier));
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(send_all(carrier[0], "m", 1, &pair[1], 1), 1);
    CHECK_OK(close(pair[1]));
    CHECK_EQ(write(pair[0], "early", 5), 5);
    struct got got = receive_all(carrier[1], text, 8, sizeof(union control), 0);
    CHECK_EQ(got.count, 1);
    CHECK_EQ(read(got.descriptors[0], text, 8), 5);
    CHECK_EQ(write(got.descriptors[0], "reply", 5), 5);
    CHECK_EQ(read(pair[0], text, 8), 5);
    close_all(&got);
    CHECK_EQ(read(pair[0], text, 8), 0);
}

BEHAVIOUR(closing_a_queue_closes_what_is_in_it)
{
    int carrier[2], ends[2];
    char byte;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, carrier));
    CHECK_OK(pipe(ends));
    CHECK_EQ(send_all(carrier[0], "m", 1, &ends[1], 1), 1);
    CHECK_OK(close(ends[1]));
    CHECK_OK(close(carrier[1]));
    CHECK_EQ(read(ends[0], &byte, 1), 0);
}

// A chain: each queue holds the next socket. As Linux bounds how deep it goes, so does the chain here.
BEHAVIOUR(sockets_in_queues_of_sockets_go_with_the_first)
{
    int ends[2], inner, pair[2];
    char byte;
    CHECK_OK(pipe(ends));
    inner = ends[1];
    for (int depth = 0; depth < 4; ++depth) {
        CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
        CHECK_EQ(send_all(pair[0], "m", 1, &inner, 1), 1);
        CHECK_OK(close(inner));
        CHECK_OK(close(pair[0]));
        inner = pair[1];
    }
    CHECK_OK(close(inner));
    CHECK_EQ(read(ends[0], &byte, 1), 0);
}

static ssize_t send_credentials(int socket, struct ucred credentials)
{
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec vector = { "c", 1 };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof credentials);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof credentials);
    memcpy(CMSG_DATA(header), &credentials, sizeof credentials);
    return sendmsg(socket, &message, 0);
}

BEHAVIOUR(credentials_come_to_who_asked)
{
    int pair[2], on = 1;
    char byte;
    struct ucred own = { getpid(), getuid(), getgid() };
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(send_credentials(pair[0], own), 1);
    struct got got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
    CHECK_EQ(got.control_size, 0);
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    CHECK_EQ(send_credentials(pair[0], own), 1);
    got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
    CHECK(got.credentials.pid == own.pid && got.credentials.uid == own.uid && got.credentials.gid == own.gid);
    CHECK_EQ(write(pair[0], "x", 1), 1);
    got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
    CHECK(got.credentials.pid == own.pid && got.credentials.uid == own.uid);
    CHECK_EQ(write(pair[0], "x", 1), 1);
    got = receive_all(pair[1], &byte, 1, 0, 0);
    CHECK_EQ(got.flags, MSG_CTRUNC);
}

BEHAVIOUR(credentials_of_others_need_a_capability)
{
    int pair[2], on = 1;
    char byte;
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    struct ucred other = { getpid(), 54321, 54322 };
    if (geteuid() == 0) {
        CHECK_EQ(send_credentials(pair[0], other), 1);
        struct got got = receive_all(pair[1], &byte, 1, sizeof(union control), 0);
        CHECK(got.credentials.uid == 54321 && got.credentials.gid == 54322);
    } else {
        CHECK_ERRNO(send_credentials(pair[0], other), EPERM);
    }
}

BEHAVIOUR(control_messages_are_checked)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec vector = { "c", 1 };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int));
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = 77;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    CHECK_ERRNO(sendmsg(pair[0], &message, 0), EINVAL);
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = 1;
    CHECK_ERRNO(sendmsg(pair[0], &message, 0), EINVAL);
    header->cmsg_len = CMSG_LEN(sizeof(int)) + 100;
    CHECK_ERRNO(sendmsg(pair[0], &message, 0), EINVAL);
    header->cmsg_level = SOL_SOCKET + 1;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    CHECK_EQ(sendmsg(pair[0], &message, 0), 1);
    message.msg_control = bad_pointer();
    CHECK_ERRNO(syscall(SYS_sendmsg, pair[0], &message, 0), EFAULT);
}
