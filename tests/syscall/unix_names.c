// Unix sockets with a name: what bind(2), listen(2), connect(2) and accept(2) check, who waits for whom.
#include "tests/support/unix_names.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

static short events_of(int descriptor)
{
    struct pollfd entry = { descriptor, POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM, 0 };
    poll(&entry, 1, 0);
    return entry.revents;
}

// The size that getsockname(2) tells, and the path if there is one.
static socklen_t told_name(int descriptor, char path[108])
{
    struct sockaddr_un name = { 0 };
    socklen_t size = sizeof name;
    EXPECT(getsockname(descriptor, (struct sockaddr*)&name, &size) == 0);
    memcpy(path, name.sun_path, 108);
    return size;
}

BEHAVIOUR(bind_checks_what_it_is_given)
{
    int socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = named("socket"), other = { .sun_family = AF_INET };
    CHECK_ERRNO(bind(socket_, (struct sockaddr*)&other, sizeof other), EINVAL);
    CHECK_ERRNO(bind(socket_, (struct sockaddr*)&name, 1), EINVAL);
    CHECK_ERRNO(bind(socket_, (struct sockaddr*)&name, sizeof name + 1), EINVAL);
    CHECK_ERRNO(bind(socket_, bad_pointer(), sizeof name), EFAULT);
    CHECK_ERRNO(access("socket", F_OK), ENOENT);
    open_file_with("file", "");
    CHECK_ERRNO(bind_to(socket_, "file"), EADDRINUSE);
    CHECK_ERRNO(bind_to(socket_, "file/socket"), ENOTDIR);
    CHECK_ERRNO(bind_to(socket_, "missing/socket"), ENOENT);
    CHECK_OK(bind(socket_, (struct sockaddr*)&name, sizeof name));
    CHECK_ERRNO(bind_to(socket_, "again"), EINVAL);
    CHECK_ERRNO(access("again", F_OK), ENOENT);
    CHECK_ERRNO(bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "socket"), EADDRINUSE);
}

BEHAVIOUR(a_link_is_not_followed_to_bind_but_to_connect)
{
    CHECK_OK(symlink("target", "link"));
    CHECK_ERRNO(bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "link"), EADDRINUSE);
    CHECK_OK(listening_at("target", SOCK_STREAM));
    CHECK_OK(connect_to("link", SOCK_STREAM));
}

BEHAVIOUR(a_name_is_as_long_as_it_was_given)
{
    char path[108], text[108 + 1];
    int one = bound_at("some-name", SOCK_STREAM);
    CHECK_EQ(told_name(one, path), offsetof(struct sockaddr_un, sun_path) + sizeof "some-name");
    CHECK(strcmp(path, "some-name") == 0);
    memset(text, 'n', sizeof text);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    memcpy(name.sun_path, text, 108); // without a NUL
    int two = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(bind(two, (struct sockaddr*)&name, sizeof name));
    text[108] = 0;
    CHECK_OK(access(text, F_OK));
    CHECK_EQ(told_name(two, path), offsetof(struct sockaddr_un, sun_path) + 109);
}

BEHAVIOUR(the_umask_is_for_names_too)
{
    struct stat status;
    mode_t before = umask(027);
    CHECK_OK(bound_at("socket", SOCK_STREAM));
    umask(before);
    CHECK_OK(stat("socket", &status));
    CHECK_EQ(status.st_mode, S_IFSOCK | 0750);
    int quiet = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(fchmod(quiet, 0600));
    CHECK_OK(bind_to(quiet, "quiet"));
    CHECK_OK(stat("quiet", &status));
    CHECK_EQ(status.st_mode & 077, 0);
}

BEHAVIOUR(who_may_not_write_may_not_connect)
{
    CHECK_OK(listening_at("socket", SOCK_STREAM));
    CHECK_OK(chmod("socket", 0500));
    CHECK_OK(chmod(".", 0755));
    if (geteuid() == 0)
        CHECK_OK(seteuid(54321));
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    int result = connect_by(client, "socket"), error = errno;
    int bound_result = bind_to(client, "new"), bound_error = errno;
    if (getuid() == 0)
        CHECK_OK(seteuid(0));
    CHECK(result == -1 && error == EACCES);
    CHECK(getuid() != 0 || (bound_result == -1 && bound_error == EACCES));
}

BEHAVIOUR(the_file_is_the_name_wherever_it_goes)
{
    int listener = listening_at("one", SOCK_STREAM);
    CHECK_OK(listener);
    CHECK_OK(rename("one", "two"));
    CHECK_ERRNO(connect_to("one", SOCK_STREAM), ENOENT);
    CHECK_OK(connect_to("two", SOCK_STREAM));
    CHECK_OK(link("two", "three"));
    CHECK_OK(unlink("two"));
    CHECK_OK(connect_to("three", SOCK_STREAM));
    CHECK_OK(unlink("three"));
    int another = listening_at("three", SOCK_STREAM), client = connect_to("three", SOCK_STREAM);
    CHECK_OK(client);
    CHECK_EQ(events_of(another), POLLIN | POLLRDNORM);
    char path[108];
    told_name(listener, path);
    CHECK(strcmp(path, "one") == 0);
}

BEHAVIOUR(listen_and_accept_check_what_they_are_given)
{
    int datagrams = bound_at("datagrams", SOCK_DGRAM), stream = bound_at("stream", SOCK_STREAM), pair[2];
    CHECK_ERRNO(listen(datagrams, 1), EOPNOTSUPP);
    CHECK_ERRNO(accept(datagrams, NULL, NULL), EOPNOTSUPP);
    CHECK_ERRNO(accept(stream, NULL, NULL), EINVAL);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_ERRNO(listen(pair[0], 1), EINVAL);
    CHECK_OK(fcntl(stream, F_SETFL, O_NONBLOCK));
    CHECK_OK(listen(stream, 1));
    CHECK_OK(listen(stream, -1));
    CHECK_ERRNO(accept(stream, NULL, NULL), EAGAIN);
    CHECK_ERRNO(accept4(stream, NULL, NULL, 1), EINVAL);
    char byte;
    CHECK_ERRNO(read(stream, &byte, 1), EINVAL);
    CHECK_ERRNO(write(stream, "x", 1), ENOTCONN);
    CHECK_ERRNO(connect_by(stream, "stream"), EINVAL);
    int on = -1;
    socklen_t size = sizeof on;
    CHECK_OK(getsockopt(stream, SOL_SOCKET, SO_ACCEPTCONN, &on, &size));
    CHECK_EQ(on, 1);
}

BEHAVIOUR(connect_checks_what_it_is_given)
{
    CHECK_OK(listening_at("stream", SOCK_STREAM));
    CHECK_OK(bound_at("silent", SOCK_STREAM));
    CHECK_OK(bound_at("datagrams", SOCK_DGRAM));
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un other = { .sun_family = AF_INET };
    CHECK_ERRNO(connect(client, (struct sockaddr*)&other, sizeof other), EINVAL);
    CHECK_ERRNO(connect_by(client, "silent"), ECONNREFUSED);
    CHECK_ERRNO(connect_by(client, "datagrams"), EPROTOTYPE);
    CHECK_ERRNO(connect_by(client, "."), ECONNREFUSED);
    CHECK_ERRNO(connect_to("stream", SOCK_SEQPACKET), EPROTOTYPE);
    CHECK_OK(connect_by(client, "stream"));
    CHECK_ERRNO(connect_by(client, "stream"), EISCONN);
}

BEHAVIOUR(bytes_can_be_sent_before_anybody_accepts)
{
    int listener = listening_at("socket", SOCK_STREAM), client = connect_to("socket", SOCK_STREAM);
    CHECK_EQ(write(client, "early", 5), 5);
    CHECK_OK(close(client));
    int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    CHECK_EQ(fcntl(server, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(server, F_GETFL), O_RDWR | O_NONBLOCK);
    char text[8];
    CHECK_EQ(read(server, text, 8), 5);
    CHECK_EQ(read(server, text, 8), 0);
}

BEHAVIOUR(who_was_not_accepted_is_reset)
{
    int listener = listening_at("socket", SOCK_STREAM), client = connect_to("socket", SOCK_STREAM);
    char byte;
    CHECK_OK(close(listener));
    CHECK_ERRNO(read(client, &byte, 1), ECONNRESET);
    CHECK_EQ(read(client, &byte, 1), 0);
}

BEHAVIOUR(a_full_backlog_refuses_who_does_not_wait)
{
    int listener = bound_at("socket", SOCK_STREAM), count = 0;
    CHECK_OK(listen(listener, 2));
    for (;;) {
        int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect_by(client, "socket") != 0)
            break;
        ++count;
    }
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(count, 3);
    int patient = socket(AF_UNIX, SOCK_STREAM, 0);
    struct timeval time = { 0, 20000 };
    CHECK_OK(setsockopt(patient, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
    CHECK_ERRNO(connect_by(patient, "socket"), EAGAIN);
    CHECK_OK(accept(listener, NULL, NULL));
    CHECK_OK(connect_by(patient, "socket"));
}

static void* accept_later(void* listener)
{
    sleep_ms(30);
    EXPECT(accept(*(int*)listener, NULL, NULL) >= 0);
    return NULL;
}

BEHAVIOUR(a_full_backlog_holds_up_who_waits)
{
    int listener = bound_at("socket", SOCK_STREAM);
    CHECK_OK(listen(listener, 0));
    CHECK_OK(connect_to("socket", SOCK_STREAM));
    pthread_t other;
    CHECK_EQ(pthread_create(&other, NULL, accept_later, &listener), 0);
    CHECK_OK(connect_to("socket", SOCK_STREAM));
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void* connect_later(void* unused)
{
    sleep_ms(30);
    int client = connect_to("socket", SOCK_SEQPACKET);
    EXPECT(client >= 0 && send(client, "hello", 5, 0) == 5);
    close(client);
    return unused;
}

BEHAVIOUR(accept_waits_for_who_connects)
{
    int listener = listening_at("socket", SOCK_SEQPACKET);
    pthread_t other;
    CHECK_EQ(pthread_create(&other, NULL, connect_later, NULL), 0);
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    int server = accept(listener, (struct sockaddr*)&name, &size);
    CHECK_OK(server);
    CHECK_EQ(size, sizeof(sa_family_t));
    char text[8];
    CHECK_EQ(recv(server, text, 8, 0), 5);
    CHECK_EQ(recv(server, text, 8, 0), 0);
    CHECK_EQ(pthread_join(other, NULL), 0);
    struct timeval time = { 0, 20000 };
    CHECK_OK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    CHECK_ERRNO(accept(listener, NULL, NULL), EAGAIN);
}

static void* shut_down_later(void* listener)
{
    sleep_ms(30);
    EXPECT(shutdown(*(int*)listener, SHUT_RD) == 0);
    return NULL;
}

BEHAVIOUR(shutdown_ends_accept)
{
    int listener = listening_at("socket", SOCK_STREAM);
    pthread_t other;
    CHECK_EQ(pthread_create(&other, NULL, shut_down_later, &listener), 0);
    CHECK_ERRNO(accept(listener, NULL, NULL), EINVAL);
    CHECK_EQ(pthread_join(other, NULL), 0);
    CHECK_ERRNO(connect_to("socket", SOCK_STREAM), ECONNREFUSED);
}

static uint32_t next_event(int set, int timeout)
{
    struct epoll_event event = { 0 };
    return epoll_wait(set, &event, 1, timeout) == 1 ? event.events : 0;
}

BEHAVIOUR(epoll_reports_what_stays_ready_again)
{
    int listener = listening_at("socket", SOCK_STREAM), client = connect_to("socket", SOCK_STREAM);
    int set = epoll_create1(0), waiting = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    CHECK_OK(epoll_ctl(waiting, EPOLL_CTL_ADD, listener, &event));
    CHECK_EQ(next_event(waiting, 10000), EPOLLIN);
    CHECK_EQ(next_event(waiting, 0), EPOLLIN);
    int served = accept(listener, NULL, NULL);
    CHECK_EQ(next_event(waiting, 0), 0);
    CHECK_OK(epoll_ctl(set, EPOLL_CTL_ADD, client, &event));
    CHECK_EQ(write(served, "text", 4), 4);
    CHECK_EQ(next_event(set, 10000), EPOLLIN);
    CHECK_EQ(next_event(set, 0), EPOLLIN);
    event.events = EPOLLIN | EPOLLONESHOT;
    CHECK_OK(epoll_ctl(set, EPOLL_CTL_MOD, client, &event));
    CHECK_EQ(next_event(set, 10000), EPOLLIN);
    CHECK_EQ(next_event(set, 0), 0);
}

// As servers do that watch a socket before they connect it.
BEHAVIOUR(epoll_follows_a_socket_that_is_connected_later)
{
    int listener = listening_at("socket", SOCK_STREAM), client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int set = epoll_create1(0), waiting = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
    CHECK_OK(epoll_ctl(waiting, EPOLL_CTL_ADD, listener, &event));
    CHECK_EQ(next_event(waiting, 0), 0);
    CHECK_OK(epoll_ctl(set, EPOLL_CTL_ADD, client, &event));
    (void)next_event(set, 0);
    CHECK_OK(connect_by(client, "socket"));
    CHECK_EQ(next_event(waiting, 10000), EPOLLIN);
    int server = accept(listener, NULL, NULL);
    CHECK_EQ(next_event(set, 0) & EPOLLIN, 0);
    CHECK_EQ(write(server, "x", 1), 1);
    CHECK_EQ(next_event(set, 10000), EPOLLIN);
    char byte;
    CHECK_EQ(read(client, &byte, 1), 1);
    CHECK_OK(close(server));
    CHECK_EQ(next_event(set, 10000), EPOLLIN | EPOLLRDHUP | EPOLLHUP);
}

BEHAVIOUR(abstract_names_are_bytes)
{
    struct sockaddr_un name, longer;
    socklen_t size = abstract(&name, "bytes");
    longer = name;
    int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(bind(one, (struct sockaddr*)&name, size));
    CHECK_ERRNO(bind(two, (struct sockaddr*)&name, size), EADDRINUSE);
    CHECK_OK(bind(two, (struct sockaddr*)&longer, size + 1));
    CHECK_OK(listen(one, 1));
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(connect(client, (struct sockaddr*)&name, size));
    struct sockaddr_un told = { 0 };
    socklen_t told_size = sizeof told;
    CHECK_OK(getpeername(client, (struct sockaddr*)&told, &told_size));
    CHECK(told_size == size && memcmp(&told, &name, size) == 0);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_ERRNO(connect(other, (struct sockaddr*)&longer, size + 1), ECONNREFUSED);
    CHECK_OK(close(one));
    CHECK_ERRNO(connect(other, (struct sockaddr*)&name, size), ECONNREFUSED);
    CHECK_OK(bind(other, (struct sockaddr*)&name, size));
}

BEHAVIOUR(abstract_names_are_told_apart_by_type)
{
    struct sockaddr_un name;
    socklen_t size = abstract(&name, "types");
    int stream = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK_OK(bind(stream, (struct sockaddr*)&name, size));
    CHECK_OK(bind(datagrams, (struct sockaddr*)&name, size));
    int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK_EQ(sendto(sender, "x", 1, 0, (struct sockaddr*)&name, size), 1);
    char byte;
    CHECK_EQ(recv(datagrams, &byte, 1, 0), 1);
}

BEHAVIOUR(so_peercred_is_of_who_listens_and_who_connects)
{
    int listener = listening_at("socket", SOCK_STREAM), lone = socket(AF_UNIX, SOCK_STREAM, 0);
    int client = connect_to("socket", SOCK_STREAM), server = accept(listener, NULL, NULL);
    int all[] = { listener, client, server };
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    for (size_t i = 0; i < COUNT_OF(all); ++i) {
        CHECK_OK(getsockopt(all[i], SOL_SOCKET, SO_PEERCRED, &credentials, &size));
        CHECK(credentials.pid == getpid() && credentials.uid == geteuid() && credentials.gid == getegid());
    }
    CHECK_OK(getsockopt(lone, SOL_SOCKET, SO_PEERCRED, &credentials, &size));
    CHECK(credentials.pid == 0 && credentials.uid == (uid_t)-1 && credentials.gid == (gid_t)-1);
}

BEHAVIOUR(a_closed_name_leaves_its_file)
{
    int one = bound_at("socket", SOCK_DGRAM);
    CHECK_OK(close(one));
    struct stat status;
    CHECK_OK(stat("socket", &status));
    CHECK(S_ISSOCK(status.st_mode));
    CHECK_ERRNO(connect_to("socket", SOCK_DGRAM), ECONNREFUSED);
    CHECK_ERRNO(bound_at("socket", SOCK_DGRAM), EADDRINUSE);
    CHECK_OK(unlink("socket"));
    CHECK_OK(bound_at("socket", SOCK_DGRAM));
}
