// How a process of several threads ends.
#include "tests/support/behaviour.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

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

static void* spin_until_stopped(void* stop)
{
    while (!*(volatile int*)stop)
        __asm__ volatile("pause");
    return NULL;
}

static void* end_the_process(void* unused)
{
    exit(21);
    return unused;
}

ENDING_BEHAVIOUR(exit_in_a_thread_ends_the_process)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, end_the_process, NULL), 0);
    sleep(100);
}

static void* end_after_main(void* unused)
{
    sleep_ms(30);
    _exit(22);
    return unused;
}

ENDING_BEHAVIOUR(the_process_outlives_its_first_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, end_after_main, NULL), 0);
    pthread_exit(NULL);
}

static void* just_end(void* unused)
{
    sleep_ms(20);
    return unused;
}

ENDING_BEHAVIOUR(the_process_ends_with_its_last_thread)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, just_end, NULL), 0);
    pthread_exit(NULL);
}

static void* fault_in_thread(void* unused)
{
    *(volatile char*)bad_pointer() = 1;
    return unused;
}

ENDING_BEHAVIOUR(a_fault_in_a_thread_ends_the_process)
{
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fault_in_thread, NULL), 0);
    pthread_join(thread, NULL);
}

ENDING_BEHAVIOUR(exit_with_a_status_above_255_keeps_its_low_byte) { exit(256 + 7); }

ENDING_BEHAVIOUR(exit_with_busy_threads_is_prompt)
{
    static volatile int never;
    for (int i = 0; i < 3; ++i) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, i ? sleep_for_long : spin_until_stopped, (void*)&never), 0);
    }
    sleep_ms(10);
    exit(23);
}

static void print_farewell(void) { say("farewell"); }

ENDING_BEHAVIOUR(atexit_functions_run_at_exit)
{
    atexit(print_farewell);
    exit(5);
}

ENDING_BEHAVIOUR(returning_from_the_behaviour_ends_with_success) { say("here"); }
