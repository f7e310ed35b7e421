/* Writes with several threads at once: parallel_pwrite THREADS SIZE DIRECTORY MILLISECONDS prints thousands of calls a
   second, of all threads together. Each thread writes the start of a file of its own, which is removed at the end. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { kMostThreads = 64, kBatch = 200 };

struct Writer {
    pthread_t thread;
    int file;
    uint64_t count;
} __attribute__((aligned(128)));

static struct Writer writers[kMostThreads];
static pthread_barrier_t all_ready;
static char* buffer;
static size_t size;
static uint64_t duration_ns;
static uint64_t end_ns; /* set before the first writer goes through the barrier */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void write_batch(int file)
{
    for (int i = 0; i < kBatch; i++) {
        if (pwrite(file, buffer, size, 0) != (ssize_t)size) {
            perror("parallel_pwrite: pwrite");
            exit(1);
        }
    }
}

/* Whole batches until the time is over, after one that only warms up. */
static void* run_writer(void* argument)
{
    struct Writer* writer = argument;
    write_batch(writer->file);
    pthread_barrier_wait(&all_ready);
    while (now_ns() < end_ns) {
        write_batch(writer->file);
        writer->count += kBatch;
    }
    return NULL;
}

static void open_file(struct Writer* writer, const char* directory)
{
    char name[4096];
    snprintf(name, sizeof name, "%s/parallel_pwrite.XXXXXX", directory);
    writer->file = mkstemp(name);
    if (writer->file < 0) {
        perror(name);
        exit(1);
    }
    unlink(name);
}

/* The first writer is this thread. */
static double measure(long threads)
{
    pthread_barrier_init(&all_ready, NULL, (unsigned)threads);
    for (long i = 1; i < threads; i++) {
        if (pthread_create(&writers[i].thread, NULL, run_writer, &writers[i])) {
            fprintf(stderr, "parallel_pwrite: cannot start thread %ld\n", i);
            exit(1);
        }
    }
    uint64_t start_ns = now_ns();
    end_ns = start_ns + duration_ns;
    run_writer(&writers[0]);
    uint64_t count = writers[0].count;
    for (long i = 1; i < threads; i++) {
        pthread_join(writers[i].thread, NULL);
        count += writers[i].count;
    }
    return (double)count * 1e6 / (double)(now_ns() - start_ns);
}

int main(int argc, char** argv)
{
    long threads = argc == 5 ? strtol(argv[1], NULL, 10) : 0;
    if (threads < 1 || threads > kMostThreads) {
        fprintf(stderr, "usage: parallel_pwrite THREADS SIZE DIRECTORY MILLISECONDS (1 to %d threads)\n", kMostThreads);
        return 2;
    }
    size = strtoul(argv[2], NULL, 10);
    duration_ns = strtoull(argv[4], NULL, 10) * 1000000;
    buffer = calloc(1, size + 1);
    for (long i = 0; i < threads; i++)
        open_file(&writers[i], argv[3]);
    printf("%.1f\n", measure(threads));
    return 0;
}
