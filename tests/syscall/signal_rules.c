// What sending, waiting and handling signals promise in detail: who may say what, in which order errors come, what a
// handler is told and what it may change.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { kNobody = 0x7ffffff0, kKernelSetSize = 8 };

static pid_t own_thread(void) { return (pid_t)syscall(SYS_gettid); }

BEHAVIOUR(the_target_is_looked_up_before_the_number_is_checked)
{
    siginfo_t information = { .si_code = SI_QUEUE };
    CHECK_ERRNO(kill(kNobody, 65), ESRCH);
    CHECK_ERRNO(kill(kNobody, -1), ESRCH);
    CHECK_ERRNO(syscall(SYS_tkill, kNobody, 65), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), kNobody, 65), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, kNobody, own_thread(), SIGUSR1), ESRCH);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, kNobody, 65, &information), ESRCH);
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getpid(), kNobody, 65, &information), ESRCH);
    CHECK_ERRNO(syscall(SYS_tgkill, getpid(), 0, 65), EINVAL);
    CHECK_ERRNO(syscall(SYS_tgkill, -1, own_thread(), 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_tkill, -1, 0), EINVAL);
    CHECK_ERRNO(kill(-kNobody, SIGUSR1), ESRCH);
}

BEHAVIOUR(the_own_group_can_be_signalled)
{
    handle(SIGUSR1, count, 0);
    CHECK_OK(kill(0, SIGUSR1));
    CHECK_EQ(deliveries, 1);
    CHECK_OK(killpg(getpgrp(), SIGUSR1));
    CHECK_EQ(deliveries, 2);
    CHECK_OK(kill(0, 0));
    CHECK_OK(kill(-getpgrp(), 0));
}

BEHAVIOUR(a_process_may_tell_itself_anything)
{
    handle_with_information(SIGUSR1, 0);
    const int codes[] = { SI_QUEUE, SI_USER, SI_TKILL, SI_KERNEL, SI_TIMER, SI_MESGQ, SI_ASYNCIO, 5, -77 };
    for (size_t i = 0; i < COUNT_OF(codes); ++i) {
        siginfo_t information = { .si_code = codes[i] };
        information.si_value.sival_int = 100 + (int)i;
        CHECK_OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &information));
        CHECK_EQ(last_code, codes[i]);
        CHECK_EQ(last_value, 100 + (int)i);
        CHECK_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_thread(), SIGUSR1, &information));
        CHECK_EQ(deliveries, 2 * (int)i + 2);
    }
    siginfo_t kernel = { .si_code = SI_KERNEL };
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, kNobody, SIGUSR1, &kernel), EPERM);
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, kNobody, kNobody, SIGUSR1, &kernel), EPERM);
}

BEHAVIOUR(queueing_checks_what_it_is_given)
{
    siginfo_t information = { .si_code = SI_QUEUE };
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &information), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), -1, &information), EINVAL);
    CHECK_OK(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &information));
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_thread(), SIGUSR1, bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, -1, own_thread(), SIGUSR1, &information), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGUSR1, &information), EINVAL);
    CHECK_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), own_thread(), 0, &information));
}

BEHAVIOUR(queued_signals_are_limited)
{
    struct rlimit limit;
    CHECK_OK(getrlimit(RLIMIT_SIGPENDING, &limit));
    struct rlimit none = { 0, limit.rlim_max };
    handle(SIGRTMIN, count, 0);
    handle(SIGUSR1, count, 0);
    block(SIGRTMIN);
    CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &none));
    CHECK_ERRNO(sigqueue(getpid(), SIGRTMIN, (union sigval) { 0 }), EAGAIN);
    CHECK_OK(kill(getpid(), SIGRTMIN));
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &limit));
    CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval) { 0 }));
    unblock(SIGRTMIN);
    say("deliveries %d", deliveries);
}

static volatile int seen[4], seen_count;

static void note(int number)
{
    if (seen_count < 4)
        seen[seen_count++] = number;
}

BEHAVIOUR(lower_numbers_are_handled_first)
{
    seen_count = 0;
    const int numbers[] = { SIGRTMAX, SIGUSR2, SIGRTMIN + 2, SIGHUP };
    for (size_t i = 0; i < COUNT_OF(numbers); ++i) {
        struct sigaction action = { .sa_handler = note };
        sigfillset(&action.sa_mask);
        CHECK_OK(sigaction(numbers[i], &action, NULL));
        block(numbers[i]);
        raise(numbers[i]);
    }
    sigset_t none = set_of(0);
    CHECK_OK(sigprocmask(SIG_SETMASK, &none, NULL));
    CHECK_EQ(seen_count, 4);
    CHECK_EQ(seen[0], SIGHUP);
    CHECK_EQ(seen[1], SIGUSR2);
    CHECK_EQ(seen[2], SIGRTMIN + 2);
    CHECK_EQ(seen[3], SIGRTMAX);
}

BEHAVIOUR(sigtimedwait_polls_with_no_time)
{
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec none = { 0, 0 };
    CHECK_ERRNO(sigtimedwait(&set, NULL, &none), EAGAIN);
    raise(SIGUSR1);
    CHECK_EQ(sigtimedwait(&set, NULL, &none), SIGUSR1);
    CHECK_ERRNO(sigtimedwait(&set, NULL, &none), EAGAIN);
}

BEHAVIOUR(sigtimedwait_checks_what_it_is_given)
{
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 }, none = { 0, 0 };
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &bad, kKernelSetSize), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &negative, kKernelSetSize), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &none, 16), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, bad_pointer(), NULL, &none, kKernelSetSize), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, bad_pointer(), kKernelSetSize), EFAULT);
    raise(SIGUSR1);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, bad_pointer(), &none, kKernelSetSize), EFAULT);
    CHECK(!is_pending(SIGUSR1));
    sigset_t deadly = set_of(SIGKILL);
    sigaddset(&deadly, SIGSTOP);
    CHECK_ERRNO(sigtimedwait(&deadly, NULL, &none), EAGAIN);
}

static volatile bool has_waited;

static void* send_often(void* target)
{
    while (!has_waited) {
        EXPECT(pthread_kill(*(pthread_t*)target, SIGUSR1) == 0);
        sleep_ms(20);
    }
    return NULL;
}

BEHAVIOUR(sigwait_takes_a_signal_that_is_not_blocked_before_its_handler)
{
    handle(SIGUSR1, count, 0);
    pthread_t self = pthread_self(), thread;
    has_waited = false;
    CHECK_EQ(pthread_create(&thread, NULL, send_often, &self), 0);
    sigset_t set = set_of(SIGUSR1);
    int taken = sigwaitinfo(&set, NULL); // what comes before it waits goes to the handler
    has_waited = true;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(taken, SIGUSR1);
}

BEHAVIOUR(sigsuspend_checks_what_it_is_given_and_restores_the_mask)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    sigset_t all_but = set_of(0);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &all_but, 16), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, bad_pointer(), kKernelSetSize), EFAULT);
    CHECK(is_blocked(SIGUSR1));
    CHECK_EQ(deliveries, 0);
    CHECK_ERRNO(sigsuspend(&all_but), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK(is_blocked(SIGUSR1));
}

static volatile bool was_blocked_in_handler[3];

static void look_at_mask(int number)
{
    was_blocked_in_handler[0] = is_blocked(SIGUSR1);
    was_blocked_in_handler[1] = is_blocked(SIGUSR2);
    was_blocked_in_handler[2] = is_blocked(SIGHUP);
    count(number);
}

BEHAVIOUR(the_mask_of_sigsuspend_holds_in_the_handler)
{
    struct sigaction action = { .sa_handler = look_at_mask };
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    deliveries = 0;
    block(SIGUSR1);
    block(SIGHUP);
    raise(SIGUSR1);
    sigset_t mask = set_of(SIGUSR2);
    CHECK_ERRNO(sigsuspend(&mask), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK(was_blocked_in_handler[0] && was_blocked_in_handler[1] && !was_blocked_in_handler[2]);
    CHECK(is_blocked(SIGUSR1) && !is_blocked(SIGUSR2) && is_blocked(SIGHUP));
}

static sigjmp_buf back;

static void jump_back(int number)
{
    count(number);
    siglongjmp(back, 1);
}

BEHAVIOUR(siglongjmp_out_of_a_handler_restores_the_mask)
{
    handle(SIGUSR1, jump_back, 0);
    for (volatile int i = 0; i < 3; ++i) {
        if (sigsetjmp(back, 1) == 0) {
            raise(SIGUSR1);
            behaviour_fail(__FILE__, __LINE__, "the handler returned");
            return;
        }
        CHECK(!is_blocked(SIGUSR1));
    }
    CHECK_EQ(deliveries, 3);
}

BEHAVIOUR(longjmp_out_of_a_handler_on_the_alternate_stack_leaves_it)
{
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack }, now;
    CHECK_OK(sigaltstack(&alternate, NULL));
    handle(SIGUSR1, jump_back, SA_ONSTACK);
    if (sigsetjmp(back, 1) == 0)
        raise(SIGUSR1);
    CHECK_EQ(deliveries, 1);
    CHECK_OK(sigaltstack(NULL, &now));
    CHECK_EQ(now.ss_flags, 0);
    CHECK(now.ss_sp == stack && now.ss_size == sizeof stack);
}

static ucontext_t seen_context;

static void look_at_context(int number, siginfo_t* information, void* context)
{
    (void)information;
    seen_context = *(ucontext_t*)context;
    count(number);
}

BEHAVIOUR(the_context_tells_the_mask_and_the_stack)
{
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    CHECK_OK(sigaltstack(&alternate, NULL));
    struct sigaction action = { .sa_sigaction = look_at_context, .sa_flags = SA_SIGINFO };
    action.sa_mask = set_of(SIGUSR2);
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    deliveries = 0;
    block(SIGHUP);
    raise(SIGUSR1);
    CHECK_EQ(deliveries, 1);
    CHECK(sigismember(&seen_context.uc_sigmask, SIGHUP));
    CHECK(!sigismember(&seen_context.uc_sigmask, SIGUSR1));
    CHECK(!sigismember(&seen_context.uc_sigmask, SIGUSR2));
    CHECK(seen_context.uc_stack.ss_sp == stack && seen_context.uc_stack.ss_size == sizeof stack);
    CHECK(seen_context.uc_link == NULL);
}

static volatile int autodisarm_flags = -1;
static stack_t stack_in_handler;

static void look_at_stack(int number)
{
    sigaltstack(NULL, &stack_in_handler);
    autodisarm_flags = stack_in_handler.ss_flags;
    count(number);
}

BEHAVIOUR(an_autodisarmed_stack_is_disabled_in_the_handler_and_comes_back)
{
    enum { kAutoDisarm = (int)(1U << 31) };
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack, .ss_flags = kAutoDisarm }, now;
    CHECK_OK(sigaltstack(&alternate, NULL));
    handle(SIGUSR1, look_at_stack, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(autodisarm_flags, SS_DISABLE);
    CHECK_OK(sigaltstack(NULL, &now));
    CHECK_EQ(now.ss_flags, kAutoDisarm);
    CHECK(now.ss_sp == stack);
}

static void* expect_no_alternate_stack(void* unused)
{
    stack_t now = { 0 };
    EXPECT(sigaltstack(NULL, &now) == 0);
    EXPECT(now.ss_flags == SS_DISABLE);
    return unused;
}

BEHAVIOUR(each_thread_has_its_own_alternate_stack)
{
    static char stack[65536];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    CHECK_OK(sigaltstack(&alternate, NULL));
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, expect_no_alternate_stack, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

struct kernel_action {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
};

BEHAVIOUR(unknown_flags_of_an_action_are_dropped)
{
    struct kernel_action action = { .handler = SIG_IGN, .flags = 0xffffffffffffffffUL, .mask = ~(uint64_t)0 }, old;
    memset(&old, 0, sizeof old);
    CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, kKernelSetSize));
    CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, kKernelSetSize));
    say("flags %lx", old.flags);
    CHECK(old.handler == SIG_IGN);
    CHECK_EQ(old.mask, ~(uint64_t)0 & ~(1UL << (SIGKILL - 1)) & ~(1UL << (SIGSTOP - 1)));
}

BEHAVIOUR(new_and_old_action_may_be_the_same_memory)
{
    handle(SIGUSR1, count, 0);
    struct kernel_action action = { .handler = SIG_IGN };
    CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, &action, kKernelSetSize));
    CHECK(action.handler == count);
    CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, kKernelSetSize));
    CHECK(action.handler == SIG_IGN);
}

BEHAVIOUR(restart_syscall_by_itself_is_interrupted) { CHECK_ERRNO(syscall(SYS_restart_syscall), EINTR); }

static int broken_pipe(void)
{
    int ends[2];
    if (pipe(ends) || close(ends[0]))
        return -1;
    return ends[1];
}

BEHAVIOUR(writing_where_nobody_reads_raises_sigpipe_in_the_thread)
{
    handle_with_information(SIGPIPE, 0);
    int pipe_end = broken_pipe(), pair[2];
    CHECK_ERRNO(write(pipe_end, "x", 1), EPIPE);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(last_code, SI_USER);
    CHECK_EQ(last_sender, getpid());
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(close(pair[0]));
    CHECK_ERRNO(write(pair[1], "x", 1), EPIPE);
    CHECK_EQ(deliveries, 2);
    CHECK_ERRNO(send(pair[1], "x", 1, 0), EPIPE);
    CHECK_EQ(deliveries, 3);
    CHECK_ERRNO(send(pair[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(deliveries, 3);
    struct iovec part = { "x", 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    CHECK_ERRNO(sendmsg(pair[1], &message, MSG_NOSIGNAL), EPIPE);
    CHECK_EQ(deliveries, 3);
    CHECK_ERRNO(sendmsg(pair[1], &message, 0), EPIPE);
    CHECK_EQ(deliveries, 4);
    handle(SIGPIPE, SIG_IGN, 0);
    CHECK_ERRNO(write(pipe_end, "x", 1), EPIPE);
}

static void* write_where_nobody_reads(void* unused)
{
    EXPECT(write(broken_pipe(), "x", 1) == -1 && errno == EPIPE);
    EXPECT(is_pending(SIGPIPE));
    return unused;
}

BEHAVIOUR(a_blocked_sigpipe_is_pending_for_the_thread_that_wrote)
{
    block(SIGPIPE);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, write_where_nobody_reads, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(!is_pending(SIGPIPE));
}

BEHAVIOUR(a_signalfd_tells_who_sent_and_what)
{
    block(SIGUSR1);
    block(SIGRTMIN);
    sigset_t set = set_of(SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK);
    struct signalfd_siginfo told[4];
    CHECK_OK(syscall(SYS_tgkill, getpid(), own_thread(), SIGUSR1));
    CHECK_EQ(read(descriptor, told, sizeof told), sizeof told[0]);
    CHECK_EQ(told[0].ssi_code, SI_TKILL);
    CHECK_EQ(told[0].ssi_pid, (unsigned)getpid());
    CHECK_EQ(told[0].ssi_uid, getuid());
    for (int i = 0; i < 3; ++i)
        CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval) { .sival_ptr = (void*)(0x123456789aUL + (unsigned)i) }));
    CHECK_EQ(read(descriptor, told, sizeof told[0] + 5), sizeof told[0]);
    CHECK_EQ(read(descriptor, told, sizeof told), 2 * sizeof told[0]);
    CHECK_EQ(told[1].ssi_ptr, 0x123456789c);
    CHECK_EQ(told[1].ssi_int, 0x3456789c);
    timer_t timer;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 33 };
    CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec soon = { .it_value = { 0, 1000000 } };
    CHECK_OK(timer_settime(timer, 0, &soon, NULL));
    struct pollfd entry = { descriptor, POLLIN, 0 };
    CHECK_EQ(poll(&entry, 1, 20000), 1);
    CHECK_EQ(read(descriptor, told, sizeof told), sizeof told[0]);
    CHECK_EQ(told[0].ssi_code, SI_TIMER);
    CHECK_EQ(told[0].ssi_int, 33);
    CHECK_EQ(told[0].ssi_overrun, 0);
    CHECK_OK(timer_delete(timer));
}

static void* expect_nothing_to_read(void* descriptor)
{
    struct signalfd_siginfo told;
    EXPECT(read(*(int*)descriptor, &told, sizeof told) == -1 && errno == EAGAIN);
    return NULL;
}

BEHAVIOUR(a_signalfd_shows_each_thread_its_own_signals)
{
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK);
    raise(SIGUSR1);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, expect_nothing_to_read, &descriptor), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    struct signalfd_siginfo told;
    CHECK_EQ(read(descriptor, &told, sizeof told), sizeof told);
}

BEHAVIOUR(a_signalfd_ignores_what_cannot_be_blocked)
{
    sigset_t set = set_of(SIGKILL);
    sigaddset(&set, SIGSTOP);
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK);
    CHECK(descriptor >= 0);
    struct signalfd_siginfo told;
    CHECK_ERRNO(read(descriptor, &told, sizeof told), EAGAIN);
    CHECK_ERRNO(read(descriptor, bad_pointer(), sizeof told), EAGAIN);
    CHECK_ERRNO(write(descriptor, &told, sizeof told), EINVAL);
}

#define DEFAULT_ENDS(name, number)                       \
    ENDING_BEHAVIOUR(name##_ends_the_process_by_default) \
    {                                                    \
        kill(getpid(), number);                          \
        sleep_ms(5000);                                  \
    }

DEFAULT_ENDS(sighup, SIGHUP)
DEFAULT_ENDS(sigquit, SIGQUIT)
DEFAULT_ENDS(sigtrap, SIGTRAP)
DEFAULT_ENDS(sigbus, SIGBUS)
DEFAULT_ENDS(sigpipe, SIGPIPE)
DEFAULT_ENDS(sigusr2, SIGUSR2)
DEFAULT_ENDS(sigstkflt, SIGSTKFLT)
DEFAULT_ENDS(sigxcpu, SIGXCPU)
DEFAULT_ENDS(sigio, SIGIO)
DEFAULT_ENDS(sigpwr, SIGPWR)
DEFAULT_ENDS(sigsys, SIGSYS)

BEHAVIOUR(some_signals_do_nothing_by_default)
{
    const int harmless[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
    for (size_t i = 0; i < COUNT_OF(harmless); ++i) {
        CHECK_OK(kill(getpid(), harmless[i]));
        CHECK(!is_pending(harmless[i]));
    }
}

ENDING_BEHAVIOUR(sigpipe_ends_a_process_that_writes_where_nobody_reads) { CHECK_EQ(write(broken_pipe(), "x", 1), 1); }

ENDING_BEHAVIOUR(a_handler_without_room_for_its_frame_ends_the_process)
{
    static char stack[65536] __attribute__((aligned(4096)));
    stack_t alternate = { .ss_sp = bad_pointer(), .ss_size = sizeof stack };
    CHECK_OK(sigaltstack(&alternate, NULL));
    handle(SIGUSR1, count, SA_ONSTACK);
    raise(SIGUSR1);
}
