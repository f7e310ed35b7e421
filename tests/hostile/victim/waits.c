// Waits for what happens outside.
#define _GNU_SOURCE
#include "tests/hostile/victim/host_pair.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kMost = 8, kBytes = 100 };
static uint64_t const kData = 0x1122334455667788;

static int pair[2], set;
static struct pollfd* polled;
static struct epoll_event* events;

static void prepare_pair(void)
{
    make_stream_pair(pair);
    must(write(pair[1], "x", 1), "write");
    polled = (struct pollfd*)guarded(2 * sizeof(*polled));
}

static long look(int timeout_ms)
{
    polled[0] = (struct pollfd) { .fd = pair[0], .events = POLLIN };
    polled[1] = (struct pollfd) { .fd = pair[1], .events = POLLPRI };
    long count = poll(polled, 2, timeout_ms);
    if (count < 0)
        return count;
    int found = 0;
    short const allowed[] = { POLLIN | POLLERR | POLLHUP | POLLNVAL, POLLPRI | POLLERR | POLLHUP | POLLNVAL };
    for (int i = 0; i < 2; ++i) {
        if (polled[i].revents & ~allowed[i])
            harmed("poll reported %x", polled[i].revents);
        found += polled[i].revents != 0;
    }
    if (found != count)
        harmed("poll said %ld and reported %d", count, found);
    return count;
}
static long act_poll_look(void) { return look(0); }
static long act_poll_wait(void) { return look(1000); }

static long act_epoll_create(void)
{
    int made = epoll_create1(0);
    int error = errno;
    if (made >= 0)
        close(made);
    errno = error;
    return made;
}

static void prepare_set(void)
{
    prepare_pair();
    events = (struct epoll_event*)guarded(kMost * sizeof(*events));
    set = (int)must(epoll_create1(0), "epoll_create1");
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = kData };
    must(epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event), "epoll_ctl");
}

static long wait_events(int timeout_ms)
{
    long count = epoll_wait(set, events, kMost, timeout_ms);
    for (long i = 0; i < count && i < kMost; ++i)
        if (events[i].data.u64 != kData || (events[i].events & ~(uint32_t)(EPOLLIN | EPOLLERR | EPOLLHUP)))
            harmed("epoll reported %x for %lx", events[i].events, events[i].data.u64);
    return count;
}
static long act_epoll_look(void) { return wait_events(0); }
static long act_epoll_wait_for(void) { return wait_events(50); }

static long act_epoll_ctl(void)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = kData };
    return epoll_ctl(set, EPOLL_CTL_MOD, pair[0], &event);
}

// Reported once, until it is armed again: programs let one thread at a time have such a descriptor.
static void prepare_once(void)
{
    prepare_set();
    struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = kData };
    must(epoll_ctl(set, EPOLL_CTL_MOD, pair[0], &event), "epoll_ctl");
}
static long act_once(void)
{
    static int reported;
    long count = wait_events(0);
    if (count > 0)
        reported += (int)count;
    if (reported > 1)
        harmed("a one-shot descriptor was reported %d times", reported);
    return count;
}

struct scenario const wait_scenarios[] = {
    { "poll_look", prepare_pair, act_poll_look, 2 },
    { "poll_wait", prepare_pair, act_poll_wait, 2 },
    { "epoll_create", NULL, act_epoll_create, INT_MAX },
    { "epoll_look", prepare_set, act_epoll_look, kMost },
    { "epoll_wait_for", prepare_set, act_epoll_wait_for, kMost },
    { "epoll_ctl", prepare_set, act_epoll_ctl, 0 },
    { "epoll_once", prepare_once, act_once, 1 },
    { 0 },
};
