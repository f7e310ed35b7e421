// Memory and threads: what the runtime needs of the host for itself.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <pthread.h>
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
    memset(kept, 1, kSize);
    long result = madvise(kept, kSize, MADV_DONTNEED);
    if (result == 0 && kept[0] != 0)
        harmed("memory was not discarded");
    return result;
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
    { "threads", NULL, act_threads, 0 },
    { 0 },
};
