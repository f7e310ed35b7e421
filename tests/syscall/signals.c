// Sending, blocking and queueing signals; what they do by default.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

BEHAVIOUR(tgkill_tells_its_code_and_sender)
{
    handle_with_information(SIGUSR1, 0);
    CHECK_OK(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1));
    CHECK_EQ(last_code, SI_TKILL);
    CHECK_EQ(last_sender, getpid());
    CHECK_OK(syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR1));
    CHECK_EQ(deliveries, 2);
}

BEHAVIOUR(sending_checks_what_it_is_given)
{
    CHECK_OK(kill(getpid(), 0));
    CHECK_ERRNO(kill(getpid(), 65), EINVAL);
    CHECK_ERRNO(kill(getpid(), -1), EINVAL);
    CHECK_ERRNO(kill(0x7ffffff0, 0), ESRCH);
    CHECK_ERRNO(kill(0x7ffffff0, SIGUSR1), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), 0x7ffffff0, SIGUSR1), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 65), EINVAL);
    CHECK_ERRNO(syscall(SYS_tgkill, 0, syscall(SYS_gettid), SIGUSR1), EINVAL);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), -1, SIGUSR1), EINVAL);
    CHECK_ERRNO(syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
    CHECK_OK(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0));
}

BEHAVIOUR(sigaction_returns_what_was_set)
{
    struct sigaction action = { .sa_sigaction = remember, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER }, old;
    action.sa_mask = set_of(SIGUSR2);
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    CHECK_OK(sigaction(SIGUSR1, NULL, &old));
    CHECK(old.sa_sigaction == remember);
    CHECK_EQ(old.sa_flags & ~0x04000000, SA_SIGINFO | SA_RESTART | SA_NODEFER);
    CHECK(sigismember(&old.sa_mask, SIGUSR2));
    CHECK(!sigismember(&old.sa_mask, SIGUSR1));
    CHECK_OK(sigaction(SIGTERM, NULL, &old));
    CHECK(old.sa_handler == SIG_DFL);
}

BEHAVIOUR(sigaction_checks_what_it_is_given)
{
    struct sigaction action = { .sa_handler = count };
    CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_ERRNO(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_ERRNO(sigaction(0, &action, NULL), EINVAL);
    CHECK_ERRNO(sigaction(65, &action, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 7), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, bad_pointer(), NULL, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, NULL, bad_pointer(), 8), EFAULT);
    CHECK_OK(sigaction(SIGKILL, NULL, &action));
}

BEHAVIOUR(sigprocmask_checks_what_it_is_given)
{
    sigset_t set = set_of(SIGUSR1);
    CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 77, &set, NULL, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad_pointer(), NULL, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, bad_pointer(), 8), EFAULT);
    CHECK_OK(syscall(SYS_rt_sigprocmask, 77, NULL, &set, 8));
    CHECK_ERRNO(syscall(SYS_rt_sigpending, bad_pointer(), 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigpending, &set, 16), EINVAL);
}

BEHAVIOUR(kill_and_stop_cannot_be_blocked)
{
    uint64_t all = ~(uint64_t)0, after = 0;
    CHECK_OK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8));
    CHECK_OK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &after, 8));
    CHECK_EQ(after, all & ~(1UL << (SIGKILL - 1)) & ~(1UL << (SIGSTOP - 1)));
}

BEHAVIOUR(a_blocked_signal_waits_until_it_is_unblocked)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    CHECK_EQ(deliveries, 0);
    CHECK(is_pending(SIGUSR1));
    unblock(SIGUSR1);
    CHECK_EQ(deliveries, 1);
    CHECK(!is_pending(SIGUSR1));
}

BEHAVIOUR(a_standard_signal_is_pending_once)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    for (int i = 0; i < 5; ++i)
        kill(getpid(), SIGUSR1);
    unblock(SIGUSR1);
    CHECK_EQ(deliveries, 1);
}

BEHAVIOUR(a_signal_pending_for_thread_and_process_comes_twice)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    raise(SIGUSR1);
    unblock(SIGUSR1);
    CHECK_EQ(deliveries, 2);
}

static volatile int order[8];
static volatile int ordered;

static void note_value(int number, siginfo_t* information, void* context)
{
    (void)number;
    (void)context;
    if (ordered < 8)
        order[ordered++] = information->si_value.sival_int;
}

BEHAVIOUR(real_time_signals_queue_in_order_with_their_values)
{
    struct sigaction action = { .sa_sigaction = note_value, .sa_flags = SA_SIGINFO };
    ordered = 0;
    CHECK_OK(sigaction(SIGRTMIN, &action, NULL));
    block(SIGRTMIN);
    for (int i = 0; i < 5; ++i)
        CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval) { .sival_int = 100 + i }));
    unblock(SIGRTMIN);
    CHECK_EQ(ordered, 5);
    for (int i = 0; i < 5; ++i)
        CHECK_EQ(order[i], 100 + i);
}

static void note_number(int number)
{
    if (ordered < 8)
        order[ordered++] = number;
}

BEHAVIOUR(pending_signals_are_delivered_before_the_unblocking_call_returns)
{
    ordered = 0;
    handle(SIGUSR1, note_number, 0);
    handle(SIGUSR2, note_number, 0);
    block(SIGUSR1);
    block(SIGUSR2);
    raise(SIGUSR2);
    raise(SIGUSR1);
    sigset_t none = set_of(0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    CHECK_EQ(ordered, 2);
    say("order %d %d", order[0], order[1]);
}

BEHAVIOUR(sigqueue_tells_code_and_value)
{
    handle_with_information(SIGUSR1, 0);
    CHECK_OK(sigqueue(getpid(), SIGUSR1, (union sigval) { .sival_int = 4711 }));
    CHECK_EQ(last_code, SI_QUEUE);
    CHECK_EQ(last_value, 4711);
    CHECK_EQ(last_sender, getpid());
    CHECK_ERRNO(sigqueue(getpid(), 65, (union sigval) { 0 }), EINVAL);
    CHECK_ERRNO(sigqueue(0x7ffffff0, SIGUSR1, (union sigval) { 0 }), ESRCH);
}

BEHAVIOUR(an_ignored_signal_is_dropped_even_when_pending)
{
    signal(SIGUSR1, SIG_IGN);
    CHECK_EQ(raise(SIGUSR1), 0);
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    CHECK(!is_pending(SIGUSR1));
    handle(SIGUSR1, count, 0);
    unblock(SIGUSR1);
    CHECK_EQ(deliveries, 0);
}

ENDING_BEHAVIOUR(sigterm_ends_the_process)
{
    raise(SIGTERM);
    EXPECT(false && "the process survived");
}

ENDING_BEHAVIOUR(sigkill_of_oneself_ends_the_process)
{
    kill(getpid(), SIGKILL);
    EXPECT(false && "the process survived");
}

ENDING_BEHAVIOUR(abort_ends_the_process) { abort(); }

ENDING_BEHAVIOUR(a_real_time_signal_ends_the_process) { raise(SIGRTMIN + 2); }

ENDING_BEHAVIOUR(an_alarm_ends_the_process)
{
    alarm(1);
    for (;;)
        pause();
}

static sigset_t pending_of(int first, int second)
{
    sigset_t both, pending;
    sigemptyset(&both);
    sigaddset(&both, first);
    sigaddset(&both, second);
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(first);
    kill(getpid(), first);
    kill(getpid(), second);
    sigpending(&pending);
    return pending;
}

BEHAVIOUR(a_continuation_takes_back_a_pending_stop)
{
    sigset_t pending = pending_of(SIGTSTP, SIGCONT);
    CHECK_EQ(sigismember(&pending, SIGTSTP), 0);
    CHECK_EQ(sigismember(&pending, SIGCONT), 1);
}

BEHAVIOUR(a_stop_takes_back_a_pending_continuation)
{
    sigset_t pending = pending_of(SIGCONT, SIGTTIN);
    CHECK_EQ(sigismember(&pending, SIGCONT), 0);
    CHECK_EQ(sigismember(&pending, SIGTTIN), 1);
}
