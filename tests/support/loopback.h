// Sockets of the loopback device for tests: bound to a free port, listening, connected.
#pragma once
#include "tests/support/behaviour.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kPatienceMs = 20000 };

static inline struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in) {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
    };
}

static inline struct sockaddr_in name_of(int descriptor)
{
    struct sockaddr_in name = { 0 };
    socklen_t size = sizeof name;
    getsockname(descriptor, (struct sockaddr*)&name, &size);
    return name;
}

// A socket bound to a free port of the loopback address.
static inline int bound(int type)
{
    int descriptor = socket(AF_INET, type, 0);
    struct sockaddr_in any_port = loopback(0);
    if (bind(descriptor, (struct sockaddr*)&any_port, sizeof any_port) != 0)
        return -1;
    return descriptor;
}

static inline int listening(void)
{
    int descriptor = bound(SOCK_STREAM);
    return listen(descriptor, 16) == 0 ? descriptor : -1;
}

static inline int connect_to(int descriptor, struct sockaddr_in name)
{
    return connect(descriptor, (struct sockaddr*)&name, sizeof name);
}

// Two connected stream sockets.
static inline bool connected(int pair[2])
{
    int listener = listening();
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect_to(pair[0], name_of(listener)) != 0)
        return false;
    pair[1] = accept(listener, NULL, NULL);
    close(listener);
    return pair[1] >= 0;
}

static inline bool wait_for(int descriptor, short events)
{
    struct pollfd entry = { descriptor, events, 0 };
    return poll(&entry, 1, kPatienceMs) == 1;
}

static inline int option(int descriptor, int level, int name)
{
    int value = -12345;
    socklen_t size = sizeof value;
    return getsockopt(descriptor, level, name, &value, &size) == 0 && size == sizeof value ? value : -1;
}
