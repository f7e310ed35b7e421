// Cancellation points of pthreads(7), each while its call waits: inside, or outside in a host call that has to be
// interrupted.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static volatile bool is_at_the_point;
static volatile int cleaned;

static void clean_up(void* unused)
{
    (void)unused;
    ++cleaned;
}

// Runs the call in a thread, cancels it there, and looks at its end. A thread that is not cancelled returns NULL.
static void expect_cancelled(void* (*body)(void*), void* argument)
{
    pthread_t thread;
    void* result = NULL;
    is_at_the_point = false;
    cleaned = 0;
    EXPECT(pthread_create(&thread, NULL, body, argument) == 0);
    while (!is_at_the_point)
        sleep_ms(1);
    sleep_ms(20);
    EXPECT(pthread_cancel(thread) == 0);
    EXPECT(pthread_join(thread, &result) == 0);
    EXPECT(result == PTHREAD_CANCELED);
    EXPECT(cleaned == 1);
}

#define CANCELLATION_POINT(name, ...)                    \
    static void* wait_in_##name(void* argument)          \
    {                                                    \
        int descriptor = argument ? *(int*)argument : 0; \
        (void)descriptor;                                \
        pthread_cleanup_push(clean_up, NULL);            \
        is_at_the_point = true;                          \
        __VA_ARGS__;                                     \
        pthread_cleanup_pop(0);                          \
        return NULL;                                     \
    }

static char byte;
static struct pollfd poll_entry;
static sem_t semaphore;
static pthread_t forever;

CANCELLATION_POINT(recv, recv(descriptor, &byte, 1, 0))
CANCELLATION_POINT(accept, accept(descriptor, NULL, NULL))
CANCELLATION_POINT(poll, poll(&poll_entry, 1, -1))
CANCELLATION_POINT(select, select(0, NULL, NULL, NULL, NULL))
CANCELLATION_POINT(pause, pause())
CANCELLATION_POINT(nanosleep, nanosleep(&(struct timespec) { 100, 0 }, NULL))
CANCELLATION_POINT(sem_wait, sem_wait(&semaphore))
CANCELLATION_POINT(join, pthread_join(forever, NULL))
CANCELLATION_POINT(epoll_wait, struct epoll_event event; epoll_wait(descriptor, &event, 1, -1))
CANCELLATION_POINT(write, static char block[65536]; for (;;) write(descriptor, block, sizeof block))
CANCELLATION_POINT(read, uint64_t count; read(descriptor, &count, sizeof count))
CANCELLATION_POINT(open, open("fifo", O_RDONLY))
CANCELLATION_POINT(sigwait, sigset_t set = set_of(SIGUSR1); int number; sigwait(&set, &number))
CANCELLATION_POINT(sigsuspend, sigset_t none = set_of(0); sigsuspend(&none))
CANCELLATION_POINT(lock, struct flock lock = { .l_type = F_WRLCK }; fcntl(descriptor, F_OFD_SETLKW, &lock))

BEHAVIOUR(a_receiving_thread_can_be_cancelled)
{
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    expect_cancelled(wait_in_recv, &pair[0]);
}

BEHAVIOUR(an_accepting_thread_can_be_cancelled)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    CHECK_OK(bind(listener, (struct sockaddr*)&address, sizeof address));
    CHECK_OK(listen(listener, 1));
    expect_cancelled(wait_in_accept, &listener);
}

BEHAVIOUR(a_polling_thread_can_be_cancelled)
{
    int ends[2], pair[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    poll_entry = (struct pollfd) { ends[0], POLLIN, 0 };
    expect_cancelled(wait_in_poll, NULL);
    poll_entry = (struct pollfd) { pair[0], POLLIN, 0 };
    expect_cancelled(wait_in_poll, NULL);
    expect_cancelled(wait_in_select, NULL);
}

BEHAVIOUR(a_thread_that_waits_for_signals_or_time_can_be_cancelled)
{
    expect_cancelled(wait_in_pause, NULL);
    expect_cancelled(wait_in_nanosleep, NULL);
    block(SIGUSR1);
    expect_cancelled(wait_in_sigwait, NULL);
    expect_cancelled(wait_in_sigsuspend, NULL);
}

static void* sleep_until_cancelled(void* unused)
{
    sleep(1000);
    return unused;
}

BEHAVIOUR(a_thread_that_waits_for_another_can_be_cancelled)
{
    CHECK_OK(sem_init(&semaphore, 0, 0));
    expect_cancelled(wait_in_sem_wait, NULL);
    CHECK_EQ(pthread_create(&forever, NULL, sleep_until_cancelled, NULL), 0);
    expect_cancelled(wait_in_join, NULL);
    CHECK_EQ(pthread_cancel(forever), 0);
    CHECK_EQ(pthread_join(forever, NULL), 0);
}

BEHAVIOUR(a_thread_that_waits_for_events_can_be_cancelled)
{
    int set = epoll_create1(0), pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct epoll_event event = { .events = EPOLLIN };
    CHECK_OK(epoll_ctl(set, EPOLL_CTL_ADD, pair[0], &event));
    expect_cancelled(wait_in_epoll_wait, &set);
    int counter = eventfd(0, 0);
    expect_cancelled(wait_in_read, &counter);
}

BEHAVIOUR(a_writing_thread_can_be_cancelled)
{
    int ends[2], pair[2];
    CHECK_OK(pipe(ends));
    expect_cancelled(wait_in_write, &ends[1]);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    expect_cancelled(wait_in_write, &pair[0]);
}

BEHAVIOUR(a_thread_that_opens_a_fifo_can_be_cancelled)
{
    CHECK_OK(mkfifo("fifo", 0600));
    expect_cancelled(wait_in_open, NULL);
}

BEHAVIOUR(a_thread_that_waits_for_a_lock_can_be_cancelled)
{
    int holder = open("locked", O_RDWR | O_CREAT, 0600), waiter = open("locked", O_RDWR);
    struct flock lock = { .l_type = F_WRLCK };
    CHECK_OK(fcntl(holder, F_OFD_SETLK, &lock));
    expect_cancelled(wait_in_lock, &waiter);
    lock.l_type = F_UNLCK;
    CHECK_OK(fcntl(holder, F_OFD_SETLK, &lock));
    lock.l_type = F_WRLCK;
    CHECK_OK(fcntl(waiter, F_OFD_SETLK, &lock));
}

static volatile bool may_go_on;

static void* finish_before_cancellation(void* reached)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    is_at_the_point = true;
    while (!may_go_on)
        sleep_ms(1);
    *(int*)reached = 1;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    *(int*)reached = 2;
    return NULL;
}

BEHAVIOUR(a_disabled_cancellation_waits)
{
    pthread_t thread;
    void* result;
    int reached = 0;
    is_at_the_point = may_go_on = false;
    CHECK_EQ(pthread_create(&thread, NULL, finish_before_cancellation, &reached), 0);
    while (!is_at_the_point)
        sleep_ms(1);
    CHECK_EQ(pthread_cancel(thread), 0);
    sleep_ms(20);
    may_go_on = true;
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(reached, 1);
}

static int order[3], order_count;

static void note_order(void* number) { order[order_count++] = (int)(intptr_t)number; }

static void* push_three(void* unused)
{
    pthread_cleanup_push(note_order, (void*)1);
    pthread_cleanup_push(note_order, (void*)2);
    pthread_cleanup_push(note_order, (void*)3);
    is_at_the_point = true;
    pause();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

BEHAVIOUR(cleanup_handlers_run_last_first)
{
    pthread_t thread;
    is_at_the_point = false, order_count = 0;
    CHECK_EQ(pthread_create(&thread, NULL, push_three, NULL), 0);
    while (!is_at_the_point)
        sleep_ms(1);
    CHECK_EQ(pthread_cancel(thread), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(order_count, 3);
    CHECK(order[0] == 3 && order[1] == 2 && order[2] == 1);
}

static void* wait_with_a_mutex(void* unused)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec end = { .tv_sec = time(NULL) + 1000 };
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(clean_up, NULL);
    is_at_the_point = true;
    pthread_cond_timedwait(&condition, &mutex, &end);
    pthread_cleanup_pop(0);
    return unused;
}

BEHAVIOUR(a_thread_that_waits_for_a_condition_with_a_time_can_be_cancelled)
{
    expect_cancelled(wait_with_a_mutex, NULL);
}

static void* end_at_once(void* unused) { return unused; }

BEHAVIOUR(joining_with_a_time_gives_up)
{
    pthread_t thread;
    struct timespec soon = { .tv_sec = time(NULL) };
    CHECK_EQ(pthread_create(&forever, NULL, sleep_until_cancelled, NULL), 0);
    CHECK_EQ(pthread_tryjoin_np(forever, NULL), EBUSY);
    CHECK_EQ(pthread_timedjoin_np(forever, NULL, &soon), ETIMEDOUT);
    CHECK_EQ(pthread_cancel(forever), 0);
    CHECK_EQ(pthread_join(forever, NULL), 0);
    CHECK_EQ(pthread_create(&thread, NULL, end_at_once, NULL), 0);
    struct timespec later = { .tv_sec = time(NULL) + 1000 };
    CHECK_EQ(pthread_timedjoin_np(thread, NULL, &later), 0);
}

BEHAVIOUR(a_thread_can_be_sent_a_signal_with_a_value)
{
    handle_with_information(SIGRTMIN, 0);
    CHECK_EQ(pthread_sigqueue(pthread_self(), SIGRTMIN, (union sigval) { .sival_int = 55 }), 0);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(last_code, SI_QUEUE);
    CHECK_EQ(last_value, 55);
    CHECK_EQ(pthread_kill(pthread_self(), 0), 0);
    CHECK_EQ(pthread_kill(pthread_self(), 65), EINVAL);
}
