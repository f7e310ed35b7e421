// What a thread sends while it serves what epoll_wait gave it: it arrives as if each call were made at once.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { kMost = 40 };

struct round {
    int count;
    int clients[kMost];
    int servers[kMost];
    int epoll;
};

// Connections that have all asked something, and were all reported by one epoll_wait.
static bool begin(struct round* round, int count)
{
    struct epoll_event events[kMost];
    *round = (struct round) { .count = count, .epoll = epoll_create1(0) };
    for (int i = 0; i < count; ++i) {
        int pair[2];
        if (!connected(pair))
            return false;
        round->clients[i] = pair[0];
        round->servers[i] = pair[1];
        struct epoll_event event = { .events = EPOLLIN, .data.fd = i };
        if (fcntl(pair[1], F_SETFL, O_NONBLOCK) || epoll_ctl(round->epoll, EPOLL_CTL_ADD, pair[1], &event)
            || write(pair[0], "q", 1) != 1)
            return false;
    }
    while (epoll_wait(round->epoll, events, kMost, -1) < count)
        sleep_ms(1);
    return true;
}

static bool is_asked(int server)
{
    char question[8];
    return read(server, question, sizeof(question)) == 1 && read(server, question, sizeof(question)) == -1
        && errno == EAGAIN;
}

static bool is_received(int client, const char* text, int flags)
{
    char bytes[64] = { 0 };
    ssize_t size = (ssize_t)strlen(text);
    return recv(client, bytes, (size_t)size, flags) == size && memcmp(bytes, text, (size_t)size) == 0;
}

BEHAVIOUR(each_answer_of_a_round_arrives)
{
    struct round round;
    CHECK(begin(&round, kMost));
    for (int i = 0; i < kMost; ++i) {
        CHECK(is_asked(round.servers[i]));
        CHECK_EQ(write(round.servers[i], "answer", 6), 6);
    }
    for (int i = 0; i < kMost; ++i)
        CHECK(is_received(round.clients[i], "answer", MSG_WAITALL));
    CHECK_EQ(epoll_wait(round.epoll, &(struct epoll_event) { 0 }, 1, 0), 0);
}

BEHAVIOUR(an_answer_is_there_at_once_for_who_looks)
{
    struct round round;
    CHECK(begin(&round, 3));
    for (int i = 0; i < 3; ++i) {
        CHECK(is_asked(round.servers[i]));
        CHECK_EQ(write(round.servers[i], "answer", 6), 6);
        CHECK(is_received(round.clients[i], "answer", MSG_DONTWAIT));
        CHECK_EQ(write(round.clients[i], "q", 1), 1);
        CHECK(is_asked(round.servers[i]));
    }
}

BEHAVIOUR(what_is_written_in_parts_arrives_in_order_before_the_end)
{
    struct round round;
    CHECK(begin(&round, 4));
    for (int i = 0; i < 4; ++i) {
        for (int part = 0; part < 3; ++part)
            CHECK_EQ(send(round.servers[i], &"one two three "[part * 4], 4, 0), 4);
        CHECK_OK(i % 2 ? shutdown(round.servers[i], SHUT_WR) : 0);
    }
    for (int i = 0; i < 4; ++i) {
        CHECK(is_received(round.clients[i], "one two thre", MSG_WAITALL));
        CHECK_EQ(i % 2 ? read(round.clients[i], &(char) { 0 }, 1) : 0, 0);
    }
}

BEHAVIOUR(an_answer_arrives_before_the_end_of_a_closed_connection)
{
    struct round round;
    CHECK(begin(&round, 3));
    for (int i = 0; i < 3; ++i) {
        CHECK(is_asked(round.servers[i]));
        CHECK_EQ(write(round.servers[i], "answer", 6), 6);
        CHECK_OK(close(round.servers[i]));
    }
    for (int i = 0; i < 3; ++i) {
        CHECK(is_received(round.clients[i], "answer", MSG_WAITALL));
        CHECK_EQ(read(round.clients[i], &(char) { 0 }, 1), 0);
    }
}

BEHAVIOUR(long_and_short_answers_arrive_whole)
{
    enum { kConnections = 6, kLong = 50000 };
    static char sent[kLong], received[kLong];
    for (int i = 0; i < kLong; ++i)
        sent[i] = (char)(i * 7);
    struct round round;
    CHECK(begin(&round, kConnections));
    for (int i = 0; i < kConnections; ++i) {
        CHECK_EQ(write(round.servers[i], sent, 100), 100);
        if (i % 2)
            CHECK_EQ(write(round.servers[i], sent + 100, kLong - 100), kLong - 100);
    }
    for (int i = 0; i < kConnections; ++i) {
        ssize_t size = i % 2 ? kLong : 100;
        CHECK_EQ(recv(round.clients[i], received, (size_t)size, MSG_WAITALL), size);
        CHECK_EQ(memcmp(sent, received, (size_t)size), 0);
    }
}

BEHAVIOUR(who_takes_nothing_holds_up_nobody_and_gets_all)
{
    enum { kPiece = 1000 };
    static char piece[kPiece];
    struct round round;
    CHECK(begin(&round, 2));
    long sent = 0, received = 0;
    for (ssize_t count; (count = write(round.servers[0], piece, kPiece)) > 0; sent += count)
        epoll_wait(round.epoll, (struct epoll_event[2]) { 0 }, 2, 0);
    CHECK_EQ(write(round.servers[1], "answer", 6), 6);
    CHECK(is_received(round.clients[1], "answer", MSG_WAITALL));
    while (received < sent) {
        ssize_t count = read(round.clients[0], piece, kPiece);
        CHECK(count > 0);
        received += count;
    }
    CHECK_OK(shutdown(round.servers[0], SHUT_WR));
    CHECK_EQ(read(round.clients[0], piece, kPiece), 0);
}

// ---- others who wait for an answer

struct waiter {
    int client;
    int started_by; // a pipe, or -1
    int flags;
    int has_answer;
};

static void* wait_for_answer(void* argument)
{
    struct waiter* waiter = argument;
    if (waiter->started_by >= 0)
        EXPECT(read(waiter->started_by, &(char) { 0 }, 1) == 1);
    EXPECT(is_received(waiter->client, "answer", waiter->flags));
    __atomic_store_n(&waiter->has_answer, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

// One of two connections of a round is answered, while a thread waits for that.
static bool answer(struct waiter* waiter, pthread_t* thread)
{
    struct round round;
    if (!begin(&round, 2))
        return false;
    waiter->client = round.clients[0];
    return pthread_create(thread, NULL, wait_for_answer, waiter) == 0
        && epoll_wait(round.epoll, (struct epoll_event[2]) { 0 }, 2, -1) == 2
        && write(round.servers[0], "answer", 6) == 6;
}

BEHAVIOUR(an_answer_arrives_while_its_sender_computes)
{
    struct waiter waiter = { .started_by = -1, .flags = MSG_WAITALL };
    pthread_t thread;
    CHECK(answer(&waiter, &thread));
    while (!__atomic_load_n(&waiter.has_answer, __ATOMIC_SEQ_CST))
        ;
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(an_answer_arrives_while_its_sender_waits_for_somebody_else)
{
    struct waiter waiter = { .started_by = -1, .flags = MSG_WAITALL };
    pthread_t thread;
    CHECK(answer(&waiter, &thread));
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(who_is_told_of_an_answer_finds_it)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct waiter waiter = { .started_by = ends[0], .flags = MSG_DONTWAIT };
    pthread_t thread;
    CHECK(answer(&waiter, &thread));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

// ---- files that are served

static bool serves(const char* name, const char* text)
{
    char bytes[64] = { 0 };
    int file = open(name, O_RDONLY | O_NONBLOCK);
    ssize_t size = pread(file, bytes, sizeof(bytes), 0);
    return size == (ssize_t)strlen(text) && strcmp(bytes, text) == 0 && close(file) == 0;
}

BEHAVIOUR(files_are_served_as_they_are_when_they_are_read)
{
    struct round round;
    char text[32];
    CHECK(begin(&round, kMost));
    for (int i = 0; i < kMost; ++i) {
        snprintf(text, sizeof(text), "%d%s", i, i % 3 ? "" : " and more");
        close(open_file_with("page", text));
        CHECK_EQ(write(round.servers[i], "answer", 6), 6);
        CHECK(serves("page", text));
    }
    for (int i = 0; i < kMost; ++i)
        CHECK(is_received(round.clients[i], "answer", MSG_WAITALL));
}

BEHAVIOUR(what_changes_after_a_file_was_opened_is_read)
{
    enum { kOften = 12 };
    for (int i = 0; i < kOften; ++i) {
        char bytes[8] = { 0 };
        int writer = open_file_with("page", "before");
        int file = open("page", O_RDONLY | O_NONBLOCK);
        CHECK_EQ(pread(file, bytes, sizeof(bytes), 0), 6);
        CHECK_OK(close(file));
        file = open("page", O_RDONLY | O_NONBLOCK);
        CHECK_EQ(pwrite(writer, "afterwards", 10, 0), 10);
        CHECK_EQ(pread(file, bytes, sizeof(bytes), 0), 8);
        CHECK_EQ(memcmp(bytes, "afterwar", 8), 0);
        CHECK_OK(close(file));
        CHECK_OK(close(writer));
    }
}

BEHAVIOUR(a_closed_file_has_given_up_its_lock)
{
    struct round round;
    CHECK(begin(&round, 3));
    close(open_file_with("locked", ""));
    CHECK_EQ(write(round.servers[0], "answer", 6), 6);
    for (int i = 0; i < 3; ++i) {
        int file = open("locked", O_RDONLY | O_NONBLOCK);
        CHECK_OK(flock(file, LOCK_EX | LOCK_NB));
        CHECK_OK(close(file));
    }
}
