// Blocked calls and signals: which are interrupted, which are restarted, which go on.
#include "tests/support/behaviour.h"
#include "tests/support/loopback.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// FUTEX_WAIT | FUTEX_PRIVATE_FLAG of linux/futex.h, a header that musl does not ship.
enum { kFutexWaitPrivate = 128 };

static volatile sig_atomic_t deliveries;

static void count(int number)
{
    (void)number;
    ++deliveries;
}

// SIGALRM every 20 ms until it is switched off: a lost interruption cannot hang a behaviour.
static void interrupt_often(int flags)
{
    deliveries = 0;
    struct sigaction action = { .sa_handler = count, .sa_flags = flags };
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
    setitimer(ITIMER_REAL, &often, NULL);
}

static void stop_interrupting(void)
{
    struct itimerval never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &never, NULL);
}

#define CHECK_INTERRUPTED(call)     \
    do {                            \
        interrupt_often(0);         \
        errno = 0;                  \
        long result = (long)(call); \
        int code = errno;           \
        stop_interrupting();        \
        CHECK_EQ(result, -1);       \
        CHECK_EQ(code, EINTR);      \
        CHECK(deliveries >= 1);     \
    } while (0)

// Runs the call while SIGALRM comes with SA_RESTART; another thread lets it finish after the third signal.
#define CHECK_RESTARTED(call, expected, finish, argument)               \
    do {                                                                \
        sigset_t alarms;                                                \
        sigemptyset(&alarms);                                           \
        sigaddset(&alarms, SIGALRM);                                    \
        pthread_t finisher;                                             \
        pthread_sigmask(SIG_BLOCK, &alarms, NULL);                      \
        CHECK_EQ(pthread_create(&finisher, NULL, finish, argument), 0); \
        interrupt_often(SA_RESTART);                                    \
        pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);                    \
        long result = (long)(call);                                     \
        stop_interrupting();                                            \
        CHECK_EQ(result, expected);                                     \
        CHECK(deliveries >= 3);                                         \
        CHECK_EQ(pthread_join(finisher, NULL), 0);                      \
    } while (0)

static void await_three_signals(void)
{
    while (deliveries < 3)
        sleep_ms(1);
    sleep_ms(5);
}

static void* write_after_signals(void* descriptor)
{
    await_three_signals();
    EXPECT(write(*(int*)descriptor, "12345678", 8) == 8);
    return NULL;
}

static void* read_after_signals(void* descriptor)
{
    static char block[65536];
    await_three_signals();
    EXPECT(read(*(int*)descriptor, block, sizeof block) > 0);
    return NULL;
}

static void* connect_after_signals(void* listener)
{
    await_three_signals();
    EXPECT(connect_to(socket(AF_INET, SOCK_STREAM, 0), name_of(*(int*)listener)) == 0);
    return NULL;
}

static void* unlock_after_signals(void* descriptor)
{
    await_three_signals();
    EXPECT(flock(*(int*)descriptor, LOCK_UN) == 0);
    return NULL;
}

BEHAVIOUR(reading_a_pipe_is_interrupted_or_restarted)
{
    int ends[2];
    char bytes[8];
    CHECK_OK(pipe(ends));
    CHECK_INTERRUPTED(read(ends[0], bytes, 8));
    CHECK_RESTARTED(read(ends[0], bytes, 8), 8, write_after_signals, &ends[1]);
}

BEHAVIOUR(writing_a_full_pipe_is_interrupted_or_restarted)
{
    int ends[2];
    static char block[65536];
    CHECK_OK(pipe(ends));
    CHECK_EQ(write(ends[1], block, sizeof block), sizeof block);
    CHECK_INTERRUPTED(write(ends[1], "x", 1));
    CHECK_RESTARTED(write(ends[1], "x", 1), 1, read_after_signals, &ends[0]);
}

BEHAVIOUR(an_interrupted_write_tells_what_it_wrote)
{
    int ends[2];
    static char block[100000];
    CHECK_OK(pipe(ends));
    interrupt_often(0);
    long result = write(ends[1], block, sizeof block);
    stop_interrupting();
    CHECK_EQ(result, 65536);
}

BEHAVIOUR(reading_an_eventfd_is_interrupted_or_restarted)
{
    int event = eventfd(0, 0);
    uint64_t value;
    CHECK_INTERRUPTED(read(event, &value, 8));
    CHECK_RESTARTED(read(event, &value, 8), 8, write_after_signals, &event);
}

BEHAVIOUR(receiving_is_interrupted_or_restarted)
{
    int pair[2];
    char bytes[8];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_INTERRUPTED(recv(pair[0], bytes, 8, 0));
    CHECK_RESTARTED(recv(pair[0], bytes, 8, 0), 8, write_after_signals, &pair[1]);
}

BEHAVIOUR(receiving_with_a_timeout_is_interrupted_even_with_sa_restart)
{
    int pair[2];
    char byte;
    struct timeval long_time = { 20, 0 };
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof long_time));
    interrupt_often(SA_RESTART);
    long result = recv(pair[0], &byte, 1, 0);
    int code = errno;
    stop_interrupting();
    CHECK_EQ(result, -1);
    CHECK_EQ(code, EINTR);
}

BEHAVIOUR(accepting_is_interrupted_or_restarted)
{
    int listener = listening();
    CHECK_OK(listener);
    CHECK_INTERRUPTED(accept(listener, NULL, NULL));
    CHECK_RESTARTED(accept(listener, NULL, NULL) >= 0, 1, connect_after_signals, &listener);
}

BEHAVIOUR(locking_a_file_is_interrupted_or_restarted)
{
    int one = open_file_with("a", ""), two = open("a", O_RDWR);
    CHECK_OK(flock(one, LOCK_EX));
    CHECK_INTERRUPTED(flock(two, LOCK_EX));
    CHECK_RESTARTED(flock(two, LOCK_EX), 0, unlock_after_signals, &one);
}

BEHAVIOUR(opening_a_fifo_is_interrupted)
{
    CHECK_OK(mkfifo("fifo", 0600));
    CHECK_INTERRUPTED(open("fifo", O_RDONLY));
}

BEHAVIOUR(calls_that_wait_with_a_time_are_never_restarted)
{
    int ends[2], epoll = epoll_create1(0);
    CHECK_OK(pipe(ends));
    struct pollfd entry = { ends[0], POLLIN, 0 };
    struct epoll_event event;
    struct timespec time = { 20, 0 };
    struct timeval select_time = { 20, 0 };
    interrupt_often(SA_RESTART);
    long results[5] = { poll(&entry, 1, 20000), ppoll(&entry, 1, &time, NULL), epoll_wait(epoll, &event, 1, 20000),
        select(0, NULL, NULL, NULL, &select_time), nanosleep(&time, NULL) };
    int code = errno;
    stop_interrupting();
    for (size_t i = 0; i < COUNT_OF(results); ++i)
        CHECK_EQ(results[i], -1);
    CHECK_EQ(code, EINTR);
}

static sem_t semaphore;

static void* post_after_signals(void* unused)
{
    await_three_signals();
    EXPECT(sem_post(&semaphore) == 0);
    return unused;
}

BEHAVIOUR(waiting_for_a_semaphore_is_interrupted_or_restarted)
{
    CHECK_OK(sem_init(&semaphore, 0, 0));
    CHECK_INTERRUPTED(sem_wait(&semaphore));
    CHECK_RESTARTED(sem_wait(&semaphore), 0, post_after_signals, NULL);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void* hold_through_signals(void* holds)
{
    pthread_mutex_lock(&mutex);
    *(volatile int*)holds = 1;
    await_three_signals();
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void lock_through_signals(void)
{
    volatile int holds = 0;
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    pthread_t holder;
    deliveries = 0;
    CHECK_EQ(pthread_create(&holder, NULL, hold_through_signals, (void*)&holds), 0);
    while (!holds)
        sleep_ms(1);
    interrupt_often(0);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    int result = pthread_mutex_lock(&mutex);
    stop_interrupting();
    pthread_mutex_unlock(&mutex);
    CHECK_EQ(result, 0);
    CHECK(deliveries >= 3);
    CHECK_EQ(pthread_join(holder, NULL), 0);
}

BEHAVIOUR(waiting_for_a_mutex_goes_on_after_signals) { lock_through_signals(); }

BEHAVIOUR(waiting_for_a_priority_inheriting_mutex_goes_on_after_signals)
{
    pthread_mutexattr_t inheriting;
    pthread_mutexattr_init(&inheriting);
    CHECK_EQ(pthread_mutexattr_setprotocol(&inheriting, PTHREAD_PRIO_INHERIT), 0);
    CHECK_EQ(pthread_mutex_init(&mutex, &inheriting), 0);
    lock_through_signals();
    CHECK_EQ(pthread_mutex_init(&mutex, NULL), 0);
}

BEHAVIOUR(waiting_for_a_futex_with_a_time_is_interrupted_even_with_sa_restart)
{
    int word = 0;
    struct timespec long_time = { 20, 0 };
    interrupt_often(SA_RESTART);
    long result = syscall(SYS_futex, &word, kFutexWaitPrivate, 0, &long_time, NULL, 0);
    int code = errno;
    stop_interrupting();
    CHECK_EQ(result, -1);
    CHECK_EQ(code, EINTR);
}

BEHAVIOUR(joining_goes_on_after_signals)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    pthread_t thread;
    deliveries = 0;
    CHECK_EQ(pthread_create(&thread, NULL, write_after_signals, &ends[1]), 0);
    interrupt_often(0);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    int result = pthread_join(thread, NULL);
    stop_interrupting();
    CHECK_EQ(result, 0);
    CHECK(deliveries >= 3);
}

static void* receive_directed(void* thread_id)
{
    __atomic_store_n((pthread_t*)thread_id, pthread_self(), __ATOMIC_SEQ_CST);
    struct timespec long_time = { 20, 0 };
    EXPECT(nanosleep(&long_time, NULL) == -1 && errno == EINTR);
    return NULL;
}

BEHAVIOUR(a_signal_sent_to_a_thread_interrupts_only_that_thread)
{
    deliveries = 0;
    struct sigaction action = { .sa_handler = count };
    sigaction(SIGUSR1, &action, NULL);
    pthread_t seen[2] = { 0, 0 }, threads[2];
    for (int i = 0; i < 2; ++i) {
        CHECK_EQ(pthread_create(&threads[i], NULL, receive_directed, &seen[i]), 0);
        while (!__atomic_load_n(&seen[i], __ATOMIC_SEQ_CST))
            sleep_ms(1);
    }
    sleep_ms(20);
    CHECK_EQ(pthread_kill(threads[0], SIGUSR1), 0);
    CHECK_EQ(pthread_join(threads[0], NULL), 0);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(pthread_kill(threads[1], SIGUSR1), 0);
    CHECK_EQ(pthread_join(threads[1], NULL), 0);
    CHECK_EQ(deliveries, 2);
}

BEHAVIOUR(an_ignored_signal_interrupts_nothing)
{
    signal(SIGALRM, SIG_IGN);
    struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
    setitimer(ITIMER_REAL, &often, NULL);
    struct timespec time = { 0, 40000000 };
    int result = nanosleep(&time, NULL);
    stop_interrupting();
    CHECK_EQ(result, 0);
}

static void* continue_often(void* is_over)
{
    while (!*(volatile int*)is_over) {
        kill(getpid(), SIGCONT);
        sleep_ms(2);
    }
    return NULL;
}

BEHAVIOUR(a_continuation_that_nobody_handles_interrupts_nothing)
{
    int is_over = 0, epoll = epoll_create1(0);
    struct epoll_event event;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, continue_often, &is_over), 0);
    int result = epoll_wait(epoll, &event, 1, 50);
    is_over = 1;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(result, 0);
}

BEHAVIOUR(a_blocked_signal_interrupts_nothing)
{
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarms, NULL);
    interrupt_often(0);
    struct timespec time = { 0, 60000000 };
    int result = nanosleep(&time, NULL);
    stop_interrupting();
    CHECK_EQ(result, 0);
    CHECK_EQ(deliveries, 0);
}

static void burn_until_delivered(void)
{
    volatile unsigned long work = 0;
    int64_t limit = now_ns() + 20000000000LL;
    while (!deliveries && now_ns() < limit)
        ++work;
}

BEHAVIOUR(processor_time_timers_expire_while_computing)
{
    static const struct {
        int timer, signal;
    } timers[] = { { ITIMER_VIRTUAL, SIGVTALRM }, { ITIMER_PROF, SIGPROF } };
    for (size_t i = 0; i < COUNT_OF(timers); ++i) {
        deliveries = 0;
        struct sigaction action = { .sa_handler = count };
        sigaction(timers[i].signal, &action, NULL);
        struct itimerval soon = { .it_value = { 0, 10000 } };
        CHECK_OK(setitimer(timers[i].timer, &soon, NULL));
        burn_until_delivered();
        CHECK_EQ(deliveries, 1);
    }
}
