// A pair of connected Unix sockets that are the host's, because their name is a path of its file system. Pairs of
// socketpair(2) stay inside, where no lie reaches them.
#pragma once

#include "tests/hostile/victim/victim.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static inline struct sockaddr_un name_of_pair(char const* path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
    unlink(path);
    return name;
}

static inline int bound_of_pair(int type, struct sockaddr_un const* name)
{
    int made = (int)must(socket(AF_UNIX, type, 0), "socket");
    must(bind(made, (struct sockaddr const*)name, sizeof(*name)), "bind");
    return made;
}

static inline void make_stream_pair(int pair[2])
{
    struct sockaddr_un name = name_of_pair("stream");
    int listener = bound_of_pair(SOCK_STREAM, &name);
    must(listen(listener, 1), "listen");
    pair[0] = (int)must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(connect(pair[0], (struct sockaddr*)&name, sizeof(name)), "connect");
    pair[1] = (int)must(accept(listener, NULL, NULL), "accept");
    close(listener);
}

static inline void make_datagram_pair(int pair[2])
{
    struct sockaddr_un first = name_of_pair("first"), second = name_of_pair("second");
    pair[0] = bound_of_pair(SOCK_DGRAM, &first);
    pair[1] = bound_of_pair(SOCK_DGRAM, &second);
    must(connect(pair[0], (struct sockaddr*)&second, sizeof(second)), "connect");
    must(connect(pair[1], (struct sockaddr*)&first, sizeof(first)), "connect");
}
