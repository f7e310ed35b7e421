// Cancelling threads.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static int cleaned;

static void clean_up(void* unused)
{
    (void)unused;
    ++cleaned;
}

static void* sleep_for_long(void* unused)
{
    pthread_cleanup_push(clean_up, NULL);
    sleep(100);
    pthread_cleanup_pop(0);
    return unused;
}

BEHAVIOUR(a_sleeping_thread_can_be_cancelled)
{
    cleaned = 0;
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, sleep_for_long, NULL), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
}

static void* read_for_ever(void* end)
{
    char byte;
    pthread_cleanup_push(clean_up, NULL);
    read(*(int*)end, &byte, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

BEHAVIOUR(a_reading_thread_can_be_cancelled)
{
    int ends[2];
    cleaned = 0;
    CHECK_OK(pipe(ends));
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, read_for_ever, &ends[0]), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
}

static void unlock(void* locked) { pthread_mutex_unlock(locked); }

static void* wait_for_ever(void* unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(1);
    return unused;
}

BEHAVIOUR(a_waiting_thread_can_be_cancelled)
{
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    sleep_ms(20);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static volatile int spinning;

static void* spin_for_ever(void* unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    spinning = 1;
    for (;;)
        __asm__ volatile("pause");
    return unused;
}

BEHAVIOUR(a_computing_thread_can_be_cancelled)
{
    pthread_t thread;
    void* result;
    spinning = 0;
    CHECK_EQ(pthread_create(&thread, NULL, spin_for_ever, NULL), 0);
    while (!spinning)
        sleep_ms(1);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
}
