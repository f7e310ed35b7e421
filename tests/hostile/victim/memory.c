// Memory and threads: what the runtime needs of the host for itself.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { kSize = 64 * 1024 };

// Memory that was given is zero and holds what is written.
static long act_memory(void)
{
    char* bytes = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return -1;
    for (size_t i = 0; i < kSize; i += 4096)
        if (bytes[i] != 0)
            harmed("memory that is not zero");
    memset(bytes, 1, kSize);
    return munmap(bytes, kSize);
}

static char* kept;
static void prepare_discard(void)
{
    kept = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long act_discard(void)
{
    pread(file, kept, kSize, 0); // by the runtime, which accepts the pages that it writes, whatever the platform
    memset(kept, 1, kSize);
    long result = madvise(kept, kSize, MADV_DONTNEED);
    if (result == 0 && kept[0] != 0)
        harmed("memory was not discarded");
    return result;
}

// Memory that is only readable is not written.
static volatile char* constant;
static sigjmp_buf on_refusal;
static void refused(int signal)
{
    (void)signal;
    siglongjmp(on_refusal, 1);
}
static void prepare_permissions(void)
{
    signal(SIGSEGV, refused);
    constant = mmap(NULL, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long act_permissions(void)
{
    pread(file, (void*)constant, kSize, 0); // as before
    constant[100] = 1;
    if (mprotect((void*)constant, kSize, PROT_READ) != 0)
        return -1;
    if (sigsetjmp(on_refusal, 1) == 0) {
        constant[100] = 2;
        harmed("memory that was only readable was written");
    }
    return mprotect((void*)constant, kSize, PROT_READ | PROT_WRITE);
}

// Two views of a file's page: what one of them writes the other one sees. A page that cannot be had is SIGBUS.
static volatile long *first_view, *second_view;
static long in_views;
static sigjmp_buf on_bus_error;
static void no_page(int signal)
{
    (void)signal;
    siglongjmp(on_bus_error, 1);
}
static void prepare_views(void)
{
    signal(SIGBUS, no_page);
    first_view = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    second_view = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (first_view == MAP_FAILED || second_view == MAP_FAILED)
        harmed("mmap: %s", strerror(errno));
}
static long act_views(void)
{
    if (sigsetjmp(on_bus_error, 1)) {
        errno = EIO;
        return -1;
    }
    long next = in_views + 1;
    *first_view = next;
    in_views = next;
    long seen = *second_view;
    if (seen != next)
        harmed("one view has %ld, the other one %ld", next, seen);
    return 0;
}

static void* add(void* sum)
{
    for (int i = 0; i < 1000; ++i)
        __atomic_fetch_add((long*)sum, 1, __ATOMIC_RELAXED);
    usleep(100);
    return NULL;
}

static long act_threads(void)
{
    long sum = 0;
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i)
        if ((errno = pthread_create(&threads[i], NULL, add, &sum)))
            harmed("pthread_create: %s", strerror(errno));
    for (int i = 0; i < 4; ++i)
        pthread_join(threads[i], NULL);
    if (sum != 4000)
        harmed("the threads counted %ld", sum);
    return 0;
}

struct scenario const memory_scenarios[] = {
    { "memory", NULL, act_memory, 0 },
    { "discard", prepare_discard, act_discard, 0 },
    { "permissions", prepare_permissions, act_permissions, 0 },
    { "views", prepare_views, act_views, 0 },
    { "threads", NULL, act_threads, 0 },
    { 0 },
};
