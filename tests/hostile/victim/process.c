// The process and its times.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static struct timespec* now;
static struct rusage* usage;

static void prepare_time(void) { now = (struct timespec*)guarded(sizeof(*now)); }
static long act_processor_time(void)
{
    long result = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, now);
    if (result == 0 && (now->tv_nsec < 0 || now->tv_nsec >= 1000000000))
        harmed("a time of %ld ns", now->tv_nsec);
    return result;
}

static void prepare_usage(void) { usage = (struct rusage*)guarded(sizeof(*usage)); }
static long act_getrusage(void) { return getrusage(RUSAGE_SELF, usage); }

static long act_getpgid(void) { return getpgid(0); }
static long act_getsid(void) { return getsid(0); }
static long act_setpgid(void)
{
    long result = setpgid(0, 0);
    return result < 0 && errno == EPERM ? 0 : result; // a session leader has its own already
}
// The leader of a group may not, and that is what the runner is.
static long act_setsid(void)
{
    long result = setsid();
    return result < 0 && errno == EPERM ? 0 : result;
}

// Monotonic time does not turn back, whatever the host's clocks say.
static long act_clock(void)
{
    static struct timespec last;
    struct timespec next;
    for (int i = 0; i < 100; ++i) {
        clock_gettime(CLOCK_MONOTONIC, &next);
        if (next.tv_sec < last.tv_sec || (next.tv_sec == last.tv_sec && next.tv_nsec < last.tv_nsec))
            harmed("time went back from %ld.%09ld to %ld.%09ld", last.tv_sec, last.tv_nsec, next.tv_sec, next.tv_nsec);
        last = next;
    }
    struct timespec const nap = { .tv_nsec = 5000000 };
    nanosleep(&nap, NULL);
    return 0;
}

static long act_start(void) { return 0; }

struct scenario const process_scenarios[] = {
    { "processor_time", prepare_time, act_processor_time, 0 },
    { "getrusage", prepare_usage, act_getrusage, 0 },
    { "getpgid", NULL, act_getpgid, INT_MAX },
    { "getsid", NULL, act_getsid, INT_MAX },
    { "setpgid", NULL, act_setpgid, 0 },
    { "setsid", NULL, act_setsid, INT_MAX },
    { "clock", NULL, act_clock, 0 },
    { "start", NULL, act_start, 0 },
    { 0 },
};
