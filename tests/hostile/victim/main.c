#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int file = -1;

enum { kPool = 1 << 20, kGuard = 256, kMostBuffers = 16, kMostRounds = 20000, kMostErrno = 133 };

static char pool[kPool];
static size_t used;
static struct {
    char* start;
    size_t size;
} buffers[kMostBuffers];
static size_t buffer_count;

char* guarded(size_t size)
{
    char* start = pool + used + kGuard;
    memset(pool + used, 0x5A, kGuard + size + kGuard);
    used += (kGuard + size + kGuard + 15) & ~(size_t)15;
    buffers[buffer_count].start = start;
    buffers[buffer_count++].size = size;
    return start;
}

void check_guards(void)
{
    for (size_t i = 0; i < buffer_count; ++i)
        for (size_t j = 0; j < kGuard; ++j)
            if (buffers[i].start[-1 - (long)j] != 0x5A || buffers[i].start[buffers[i].size + j] != 0x5A)
                harmed("memory beside buffer %zu changed", i);
}

void harmed(char const* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("HARMED: ", stdout);
    vprintf(format, arguments);
    puts("");
    fflush(stdout);
    _exit(1);
}

long must(long result, char const* what)
{
    if (result < 0)
        harmed("%s: %s", what, strerror(errno));
    return result;
}

static struct scenario const* find_scenario(char const* name)
{
    struct scenario const* const lists[] = { file_scenarios, name_scenarios, attribute_scenarios, socket_scenarios,
        wait_scenarios, memory_scenarios, process_scenarios, state_scenarios, thread_scenarios };
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); ++i)
        for (struct scenario const* one = lists[i]; one->name; ++one)
            if (!strcmp(one->name, name))
                return one;
    return NULL;
}

// What the call may give, or an errno that Linux has.
static void judge(struct scenario const* scenario, long result, int error, int counts[kMostErrno + 1])
{
    check_guards();
    if (result < -1 || result > scenario->most)
        harmed("%s gave %ld", scenario->name, result);
    if (result == -1 && (error <= 0 || error > kMostErrno))
        harmed("%s gave errno %d", scenario->name, error);
    ++counts[result == -1 ? error : 0];
}

int main(int count, char** arguments)
{
    struct scenario const* scenario = find_scenario(count > 1 ? arguments[1] : "");
    if (!scenario)
        harmed("no such scenario");
    signal(SIGPIPE, SIG_IGN);
    file = (int)must(open("file", O_RDWR | O_CREAT | O_TRUNC, 0600), "file");
    must(ftruncate(file, 8192), "ftruncate");
    if (scenario->prepare)
        scenario->prepare();
    int counts[kMostErrno + 1] = { 0 };
    access("/hostile/arm", F_OK);
    int rounds = 0;
    for (int goes_on = 1; goes_on; ++rounds) {
        errno = 0;
        long result = scenario->act();
        int error = errno;
        judge(scenario, result, error, counts);
        goes_on = access("/hostile/done", F_OK) != 0;
        if (goes_on && rounds > kMostRounds)
            harmed("%s does not make the call", scenario->name);
    }
    access("/hostile/disarm", F_OK);
    errno = 0;
    long result = scenario->act(); // an honest host again
    if (result < 0 && errno != EAGAIN)
        harmed("%s afterwards: %s", scenario->name, strerror(errno));
    check_guards();
    printf("rounds %d good %d eio %d\n", rounds, counts[0], counts[EIO]);
    return 0;
}
