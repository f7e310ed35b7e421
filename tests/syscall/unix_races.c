// Unix sockets that many threads use, connect and close at the same time.
#include "tests/support/unix_names.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

enum { kThreads = 4, kRounds = 200 };

static struct sockaddr_un server_name;
static socklen_t server_name_size;
static atomic_int answered;

static void in_threads(void* (*body)(void*), void* argument)
{
    pthread_t threads[kThreads];
    for (int i = 0; i < kThreads; ++i)
        EXPECT(pthread_create(&threads[i], NULL, body, argument) == 0);
    for (int i = 0; i < kThreads; ++i)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void* serve(void* listener)
{
    for (;;) {
        int server = accept(*(int*)listener, NULL, NULL);
        if (server < 0)
            return NULL; // it was shut down
        char text[8];
        ssize_t size = recv(server, text, 5, MSG_WAITALL);
        EXPECT(size == 5);
        EXPECT(send(server, text, (size_t)size, MSG_NOSIGNAL) == size);
        close(server);
    }
}

static void* ask_often(void* unused)
{
    for (int i = 0; i < kRounds; ++i) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        EXPECT(connect(client, (struct sockaddr*)&server_name, server_name_size) == 0);
        char text[8] = { 0 };
        EXPECT(send(client, "hello", 5, 0) == 5);
        EXPECT(recv(client, text, 8, MSG_WAITALL) == 5);
        answered += memcmp(text, "hello", 5) == 0;
        close(client);
    }
    return unused;
}

BEHAVIOUR(many_connect_while_many_accept)
{
    server_name_size = abstract(&server_name, "races");
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(bind(listener, (struct sockaddr*)&server_name, server_name_size));
    CHECK_OK(listen(listener, 2));
    pthread_t servers[2];
    answered = 0;
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_create(&servers[i], NULL, serve, &listener), 0);
    in_threads(ask_often, NULL);
    CHECK_EQ(answered, kThreads * kRounds);
    CHECK_OK(shutdown(listener, SHUT_RDWR));
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_join(servers[i], NULL), 0);
}

// What is sent grows the queue just when its reader goes.
static void* send_until_it_is_closed(void* descriptor)
{
    static char block[30000];
    while (send(*(int*)descriptor, block, sizeof block, MSG_NOSIGNAL) > 0) { }
    EXPECT(errno == EPIPE || errno == ECONNRESET);
    return NULL;
}

BEHAVIOUR(a_reader_may_go_while_others_send)
{
    for (int i = 0; i < kRounds; ++i) {
        int pair[2];
        CHECK_OK(socketpair(AF_UNIX, i % 2 ? SOCK_STREAM : SOCK_SEQPACKET, 0, pair));
        pthread_t senders[2];
        for (int j = 0; j < 2; ++j)
            CHECK_EQ(pthread_create(&senders[j], NULL, send_until_it_is_closed, &pair[0]), 0);
        char text[100];
        for (int j = 0; j < i % 5; ++j)
            (void)!read(pair[1], text, sizeof text);
        CHECK_OK(close(pair[1]));
        for (int j = 0; j < 2; ++j)
            CHECK_EQ(pthread_join(senders[j], NULL), 0);
        CHECK_OK(close(pair[0]));
    }
}

static int shared[2];

static void* write_numbers(void* unused)
{
    for (uint32_t i = 0; i < kRounds * 10; ++i)
        EXPECT(send(shared[0], &i, sizeof i, 0) == sizeof i);
    return unused;
}

static _Atomic uint64_t sum;

static void* read_numbers(void* unused)
{
    uint32_t number;
    for (;;) {
        ssize_t size = recv(shared[1], &number, sizeof number, 0);
        if (size == 0)
            return unused;
        EXPECT(size == sizeof number);
        sum += number;
    }
}

BEHAVIOUR(messages_of_many_to_many_stay_whole)
{
    CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, shared));
    pthread_t readers[2];
    sum = 0;
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_create(&readers[i], NULL, read_numbers, NULL), 0);
    in_threads(write_numbers, NULL);
    CHECK_OK(shutdown(shared[0], SHUT_WR));
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_join(readers[i], NULL), 0);
    uint64_t last = kRounds * 10 - 1;
    CHECK(sum == kThreads * last * (last + 1) / 2);
}

static void* connect_here_and_there(void* descriptor)
{
    const char* const names[] = { "one", "two" };
    for (int i = 0; i < kRounds; ++i) {
        EXPECT(connect_by(*(int*)descriptor, names[i % 2]) == 0);
        ssize_t sent = send(*(int*)descriptor, "x", 1, MSG_DONTWAIT);
        EXPECT(sent == 1 || errno == EAGAIN);
    }
    return NULL;
}

BEHAVIOUR(a_socket_of_datagrams_can_be_connected_by_several_threads)
{
    int one = bound_at("one", SOCK_DGRAM), two = bound_at("two", SOCK_DGRAM), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    in_threads(connect_here_and_there, &sender);
    char byte;
    CHECK(recv(one, &byte, 1, MSG_DONTWAIT) == 1 || recv(two, &byte, 1, MSG_DONTWAIT) == 1);
    CHECK_OK(close(two));
    CHECK_OK(close(one));
    CHECK_OK(close(sender));
}

static ssize_t send_one(int socket, int descriptor)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    struct iovec vector = { "d", 1 };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void* send_each_other(void* unused)
{
    for (int i = 0; i < kRounds / 4; ++i) {
        int outer[2], inner[2];
        EXPECT(socketpair(AF_UNIX, SOCK_DGRAM, 0, outer) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, inner) == 0);
        EXPECT(send_one(inner[0], outer[0]) == 1 && send_one(outer[0], inner[1]) == 1);
        close(inner[0]), close(inner[1]), close(outer[0]);
        close(outer[1]);
    }
    return unused;
}

BEHAVIOUR(queues_in_queues_go_while_others_do_too) { in_threads(send_each_other, NULL); }
