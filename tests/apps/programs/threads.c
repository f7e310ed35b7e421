/* Five hundred threads alive at once: all meet at a barrier, count under a mutex, and end with a value of their own. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { kThreads = 500, kTurns = 100, kStackSize = 128 << 10 };

static pthread_barrier_t everyone;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_done = PTHREAD_COND_INITIALIZER;
static int running = kThreads;
static long counter;
static __thread long mine;

static void* work(void* argument)
{
    mine = (long)(intptr_t)argument;
    pthread_barrier_wait(&everyone);
    for (int turn = 0; turn < kTurns; turn++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    if (--running == 0)
        pthread_cond_signal(&all_done);
    pthread_mutex_unlock(&mutex);
    return (void*)(intptr_t)(mine * 2);
}

int main(void)
{
    pthread_t threads[kThreads];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackSize);
    pthread_barrier_init(&everyone, NULL, kThreads);
    for (long i = 0; i < kThreads; i++) {
        int error = pthread_create(&threads[i], &attributes, work, (void*)(intptr_t)i);
        if (error != 0) {
            printf("thread %ld: %s\n", i, strerror(error));
            return 1;
        }
    }

    pthread_mutex_lock(&mutex);
    while (running > 0)
        pthread_cond_wait(&all_done, &mutex);
    pthread_mutex_unlock(&mutex);

    long sum = 0;
    for (int i = 0; i < kThreads; i++) {
        void* result;
        pthread_join(threads[i], &result);
        sum += (long)(intptr_t)result;
    }
    printf("counter %ld, sum %ld\n", counter, sum);
    return 0;
}
