/* Measures one kind of call: calls NAME SIZE FILE MILLISECONDS prints nanoseconds a call.
   The calls go through the C library, as a program's do; FILE must hold at least SIZE bytes. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kBatch = 1000 };

struct Call {
    const char* path;
    int file;
    char* buffer;
    size_t size;
};

static long call_getppid(struct Call const* call)
{
    (void)call;
    return getppid();
}

static long call_clock_gettime(struct Call const* call)
{
    struct timespec now;
    (void)call;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0;
}

static long call_pread(struct Call const* call)
{
    return pread(call->file, call->buffer, call->size, 0) == (ssize_t)call->size;
}

static long call_pwrite(struct Call const* call)
{
    return pwrite(call->file, call->buffer, call->size, 0) == (ssize_t)call->size;
}

static long call_stat(struct Call const* call)
{
    struct stat status;
    return stat(call->path, &status) == 0;
}

/* What a server does for each file that it sends. */
static long call_open_to_close(struct Call const* call)
{
    struct stat status;
    int file = open(call->path, O_RDONLY);
    return fstat(file, &status) == 0 && pread(file, call->buffer, call->size, 0) == (ssize_t)call->size
        && close(file) == 0;
}

static const struct {
    const char* name;
    long (*function)(struct Call const*);
} kCalls[] = {
    { "getppid", call_getppid },
    { "clock_gettime", call_clock_gettime },
    { "pread", call_pread },
    { "pwrite", call_pwrite },
    { "stat", call_stat },
    { "open-to-close", call_open_to_close },
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void run_batch(long (*function)(struct Call const*), struct Call const* call)
{
    for (int i = 0; i < kBatch; i++) {
        if (function(call) <= 0) {
            perror("calls");
            exit(1);
        }
    }
}

/* Whole batches until the time is over, after one that only warms up. */
static double measure(long (*function)(struct Call const*), struct Call const* call, uint64_t duration_ns)
{
    run_batch(function, call);
    uint64_t count = 0;
    uint64_t start = now_ns();
    uint64_t elapsed = 0;
    while (elapsed < duration_ns) {
        run_batch(function, call);
        count += kBatch;
        elapsed = now_ns() - start;
    }
    return (double)elapsed / (double)count;
}

int main(int argc, char** argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: calls NAME SIZE FILE MILLISECONDS\n");
        return 2;
    }
    struct Call call = { .path = argv[3], .file = open(argv[3], O_RDWR), .size = strtoul(argv[2], NULL, 10) };
    call.buffer = calloc(1, call.size + 1);
    if (call.file < 0) {
        perror(argv[3]);
        return 1;
    }
    for (size_t i = 0; i < sizeof kCalls / sizeof kCalls[0]; i++) {
        if (strcmp(argv[1], kCalls[i].name) == 0) {
            printf("%.2f\n", measure(kCalls[i].function, &call, strtoul(argv[4], NULL, 10) * 1000000));
            return 0;
        }
    }
    fprintf(stderr, "calls: %s is not one of the calls\n", argv[1]);
    return 2;
}
