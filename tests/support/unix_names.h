// Unix sockets with a name for tests.
#pragma once
#include "tests/support/behaviour.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static inline struct sockaddr_un named(const char* path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    strncpy(name.sun_path, path, sizeof name.sun_path - 1);
    return name;
}

static inline int bind_to(int descriptor, const char* path)
{
    struct sockaddr_un name = named(path);
    return bind(descriptor, (struct sockaddr*)&name, sizeof name);
}

static inline int connect_by(int descriptor, const char* path)
{
    struct sockaddr_un name = named(path);
    return connect(descriptor, (struct sockaddr*)&name, sizeof name);
}

static inline int bound_at(const char* path, int type)
{
    int descriptor = socket(AF_UNIX, type, 0);
    return bind_to(descriptor, path) == 0 ? descriptor : -1;
}

static inline int listening_at(const char* path, int type)
{
    int descriptor = bound_at(path, type);
    return listen(descriptor, 4) == 0 ? descriptor : -1;
}

static inline int connect_to(const char* path, int type)
{
    int descriptor = socket(AF_UNIX, type, 0);
    return connect_by(descriptor, path) == 0 ? descriptor : -1;
}

// An abstract name that no other process has; returns its size.
static inline socklen_t abstract(struct sockaddr_un* name, const char* text)
{
    *name = (struct sockaddr_un) { .sun_family = AF_UNIX };
    int size = snprintf(name->sun_path + 1, sizeof name->sun_path - 1, "farl-%d-%s", getpid(), text);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size);
}
