// Blocking signals, asking about them, and handlers that note what came.
#pragma once
#include "tests/support/behaviour.h"

#include <signal.h>

static inline sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    if (number)
        sigaddset(&set, number);
    return set;
}

static inline void block(int number)
{
    sigset_t set = set_of(number);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static inline void unblock(int number)
{
    sigset_t set = set_of(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static inline bool is_blocked(int number)
{
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, number);
}

static inline bool is_pending(int number)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, number);
}

static volatile sig_atomic_t deliveries, last_signal, last_code, last_value, last_sender;

static inline void count(int number)
{
    last_signal = number;
    ++deliveries;
}

static inline void remember(int number, siginfo_t* information, void* context)
{
    last_code = information->si_code;
    last_value = information->si_value.sival_int;
    last_sender = information->si_pid;
    count(number);
    EXPECT(context != NULL);
}

static inline void handle(int number, void (*handler)(int), int flags)
{
    deliveries = last_signal = 0;
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(number, &action, NULL);
}

static inline void handle_with_information(int number, int flags)
{
    deliveries = last_signal = 0;
    struct sigaction action = { .sa_sigaction = remember, .sa_flags = SA_SIGINFO | flags };
    sigaction(number, &action, NULL);
}
