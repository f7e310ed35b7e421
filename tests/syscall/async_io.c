// O_ASYNC: signals that tell that input or output is possible, fcntl(2) F_SETOWN and F_SETSIG.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int told_descriptor;
static volatile long told_band;
static volatile pid_t told_thread;

static void note_input(int number, siginfo_t* information, void* context)
{
    (void)context;
    told_descriptor = information->si_fd;
    told_band = information->si_band;
    told_thread = (pid_t)syscall(SYS_gettid);
    last_code = information->si_code;
    count(number);
}

static void handle_input(int number)
{
    deliveries = 0, told_descriptor = -1, told_band = 0;
    struct sigaction action = { .sa_sigaction = note_input, .sa_flags = SA_SIGINFO | SA_RESTART };
    sigaction(number, &action, NULL);
}

static bool wait_for_deliveries(int wanted)
{
    for (int i = 0; i < 20000 && deliveries < wanted; ++i)
        sleep_ms(1);
    return deliveries >= wanted;
}

static int tell(int descriptor, int owner)
{
    return fcntl(descriptor, F_SETOWN, owner) ? -1 : fcntl(descriptor, F_SETFL, O_ASYNC);
}

BEHAVIOUR(a_pipe_tells_its_owner_of_input)
{
    handle_input(SIGIO);
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(tell(ends[0], getpid()));
    CHECK_EQ(deliveries, 0);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(last_code, SI_KERNEL);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 1);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(deliveries, 2);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(deliveries, 3);
}

BEHAVIOUR(a_pipe_without_an_owner_or_without_o_async_tells_nobody)
{
    handle_input(SIGIO);
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(fcntl(ends[0], F_SETFL, O_ASYNC));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_OK(tell(ends[0], getpid()));
    CHECK_OK(fcntl(ends[0], F_SETFL, 0));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(deliveries, 0);
    CHECK_OK(tell(ends[0], getpid()));
    CHECK_OK(fcntl(ends[0], F_SETOWN, 0));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(deliveries, 0);
}

BEHAVIOUR(a_chosen_signal_tells_the_descriptor_and_what_is_possible)
{
    handle_input(SIGRTMIN);
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(fcntl(ends[0], F_SETSIG, SIGRTMIN));
    CHECK_OK(tell(ends[0], getpid()));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(told_descriptor, ends[0]);
    CHECK_EQ(last_code, POLL_IN);
    CHECK_EQ(told_band, POLLIN | POLLRDNORM);
}

BEHAVIOUR(a_pipe_tells_its_writer_of_room)
{
    handle_input(SIGRTMIN);
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    static char block[65536];
    CHECK_EQ(write(ends[1], block, sizeof block), sizeof block);
    CHECK_OK(fcntl(ends[1], F_SETSIG, SIGRTMIN));
    CHECK_OK(fcntl(ends[1], F_SETOWN, getpid()));
    CHECK_OK(fcntl(ends[1], F_SETFL, O_ASYNC | O_NONBLOCK));
    CHECK_EQ(read(ends[0], block, sizeof block), sizeof block);
    CHECK(deliveries >= 1);
    CHECK_EQ(told_descriptor, ends[1]);
    CHECK_EQ(last_code, POLL_OUT);
    CHECK_EQ(told_band, POLLOUT | POLLWRNORM | POLLWRBAND);
}

BEHAVIOUR(a_socket_tells_its_owner_of_input)
{
    handle_input(SIGIO);
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(tell(pair[0], getpid()));
    CHECK_EQ(fcntl(pair[0], F_GETOWN), getpid());
    CHECK_EQ(write(pair[1], "x", 1), 1);
    CHECK(wait_for_deliveries(1));
    CHECK_OK(fcntl(pair[0], F_SETFL, 0));
    int before = deliveries;
    CHECK_EQ(write(pair[1], "x", 1), 1);
    sleep_ms(20);
    CHECK_EQ(deliveries, before);
}

BEHAVIOUR(a_socket_can_tell_by_another_signal)
{
    handle_input(SIGUSR2);
    int pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(fcntl(pair[0], F_SETSIG, SIGUSR2));
    CHECK_EQ(fcntl(pair[0], F_GETSIG), SIGUSR2);
    CHECK_OK(tell(pair[0], getpid()));
    CHECK_EQ(write(pair[1], "x", 1), 1);
    CHECK(wait_for_deliveries(1));
}

static volatile pid_t other_thread;
static volatile bool is_enough;

static void* sleep_often(void* unused)
{
    other_thread = (pid_t)syscall(SYS_gettid);
    while (!is_enough)
        sleep_ms(1);
    return unused;
}

BEHAVIOUR(a_thread_can_be_the_owner)
{
    handle_input(SIGIO);
    pthread_t thread;
    other_thread = 0, is_enough = false;
    CHECK_EQ(pthread_create(&thread, NULL, sleep_often, NULL), 0);
    while (!other_thread)
        sleep_ms(1);
    int ends[2];
    CHECK_OK(pipe(ends));
    struct f_owner_ex owner = { F_OWNER_TID, other_thread }, told = { -1, -1 };
    CHECK_OK(fcntl(ends[0], F_SETOWN_EX, &owner));
    CHECK_OK(fcntl(ends[0], F_GETOWN_EX, &told));
    CHECK_EQ(told.type, F_OWNER_TID);
    CHECK_EQ(told.pid, other_thread);
    CHECK_OK(fcntl(ends[0], F_SETFL, O_ASYNC));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK(wait_for_deliveries(1));
    CHECK_EQ(told_thread, other_thread);
    is_enough = true;
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

BEHAVIOUR(an_owner_must_exist)
{
    int ends[2], pair[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    const int descriptors[] = { ends[0], pair[0] };
    for (size_t i = 0; i < COUNT_OF(descriptors); ++i) {
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN, 0x7ffffff0), ESRCH);
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN, -0x7ffffff0), ESRCH);
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN, (int)0x80000000), EINVAL);
        CHECK_EQ(fcntl(descriptors[i], F_GETOWN), 0);
        CHECK_OK(fcntl(descriptors[i], F_SETOWN, -getpgrp()));
        struct f_owner_ex owner = { F_OWNER_TID, 0x7ffffff0 }, told = { -1, -1 };
        CHECK_OK(fcntl(descriptors[i], F_GETOWN_EX, &told));
        CHECK_EQ(told.type, F_OWNER_PGRP);
        CHECK_EQ(told.pid, getpgrp());
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN_EX, &owner), ESRCH);
        owner.type = 77, owner.pid = getpid();
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN_EX, &owner), EINVAL);
        CHECK_ERRNO(fcntl(descriptors[i], F_SETOWN_EX, bad_pointer()), EFAULT);
    }
}
