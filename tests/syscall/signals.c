// Signals: sending, handling, blocking, waiting, and calls that a signal interrupts.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t deliveries, last_signal, last_code, last_value, last_sender, depth, deepest;

static void count(int number)
{
    last_signal = number;
    ++deliveries;
}

static void remember(int number, siginfo_t* information, void* context)
{
    last_code = information->si_code;
    last_value = information->si_value.sival_int;
    last_sender = information->si_pid;
    count(number);
    EXPECT(context != NULL);
}

static void handle(int number, void (*handler)(int), int flags)
{
    deliveries = last_signal = 0;
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    sigaction(number, &action, NULL);
}

static void handle_with_information(int number, int flags)
{
    deliveries = last_signal = 0;
    struct sigaction action = { .sa_sigaction = remember, .sa_flags = SA_SIGINFO | flags };
    sigaction(number, &action, NULL);
}

static sigset_t set_of(int number)
{
    sigset_t set;
    sigemptyset(&set);
    if (number)
        sigaddset(&set, number);
    return set;
}

static void block(int number)
{
    sigset_t set = set_of(number);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void unblock(int number)
{
    sigset_t set = set_of(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static bool is_blocked(int number)
{
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, number);
}

static bool is_pending(int number)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, number);
}

static void alarm_in_ms(int milliseconds)
{
    struct itimerval soon = { .it_value = { milliseconds / 1000, milliseconds % 1000 * 1000 } };
    setitimer(ITIMER_REAL, &soon, NULL);
}

BEHAVIOUR(raise_runs_the_handler_before_it_returns)
{
    handle(SIGUSR1, count, 0);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(last_signal, SIGUSR1);
}

BEHAVIOUR(kill_of_oneself_runs_the_handler_before_it_returns)
{
    handle_with_information(SIGUSR2, 0);
    CHECK_OK(kill(getpid(), SIGUSR2));
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(last_code, SI_USER);
    CHECK_EQ(last_sender, getpid());
}

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

BEHAVIOUR(lower_real_time_signals_are_taken_first_by_sigwaitinfo)
{
    sigset_t set = set_of(SIGRTMIN + 1);
    sigaddset(&set, SIGRTMIN + 3);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGRTMIN + 3);
    raise(SIGRTMIN + 1);
    raise(SIGUSR1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGUSR1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGRTMIN + 1);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGRTMIN + 3);
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

BEHAVIOUR(signals_ignored_by_default_do_nothing)
{
    CHECK_EQ(raise(SIGCHLD), 0);
    CHECK_EQ(raise(SIGURG), 0);
    CHECK_EQ(raise(SIGWINCH), 0);
    CHECK_EQ(raise(SIGCONT), 0);
}

static void nest(int number)
{
    ++depth;
    if (depth > deepest)
        deepest = depth;
    if (deliveries++ < 3)
        raise(number);
    --depth;
}

BEHAVIOUR(a_handler_is_not_nested_by_its_own_signal)
{
    deepest = depth = 0;
    handle(SIGUSR1, nest, 0);
    raise(SIGUSR1);
    CHECK_EQ(deepest, 1);
    CHECK_EQ(deliveries, 4);
}

BEHAVIOUR(sa_nodefer_lets_a_handler_nest)
{
    deepest = depth = 0;
    handle(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    CHECK_EQ(deepest, 4);
    CHECK_EQ(deliveries, 4);
}

static void note_mask(int number)
{
    (void)number;
    order[0] = is_blocked(SIGUSR1);
    order[1] = is_blocked(SIGUSR2);
    order[2] = is_blocked(SIGTERM);
}

BEHAVIOUR(sa_mask_is_blocked_during_the_handler_only)
{
    struct sigaction action = { .sa_handler = note_mask, .sa_mask = set_of(SIGUSR2) };
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK(order[0] && order[1] && !order[2]);
    CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGUSR2));
}

BEHAVIOUR(sa_resethand_handles_once)
{
    handle(SIGCHLD, count, SA_RESETHAND);
    raise(SIGCHLD);
    raise(SIGCHLD);
    CHECK_EQ(deliveries, 1);
    struct sigaction now;
    CHECK_OK(sigaction(SIGCHLD, NULL, &now));
    CHECK(now.sa_handler == SIG_DFL);
}

static void change_mask_in_context(int number, siginfo_t* information, void* context)
{
    (void)number;
    (void)information;
    sigaddset(&((ucontext_t*)context)->uc_sigmask, SIGUSR2);
}

BEHAVIOUR(a_mask_changed_in_the_context_takes_effect)
{
    struct sigaction action = { .sa_sigaction = change_mask_in_context, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
    CHECK(is_blocked(SIGUSR2));
}

static void skip_the_fault(int number, siginfo_t* information, void* context)
{
    (void)number;
    ucontext_t* interrupted = context;
    interrupted->uc_mcontext.gregs[REG_RIP] += 2; // mov (%rax), %ecx
    interrupted->uc_mcontext.gregs[REG_RCX] = (greg_t)(uintptr_t)information->si_addr;
}

BEHAVIOUR(registers_changed_in_the_context_take_effect)
{
    struct sigaction action = { .sa_sigaction = skip_the_fault, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    uintptr_t result = 0;
    __asm__ volatile(".byte 0x8b, 0x08" : "=c"(result) : "a"(bad_pointer()) : "memory");
    CHECK_EQ(result, (long)bad_pointer());
}

static volatile greg_t fault_trap, fault_error, fault_cr2;

static sigjmp_buf escape;

static void note_context(int number, siginfo_t* information, void* context)
{
    const greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
    fault_trap = registers[REG_TRAPNO];
    fault_error = registers[REG_ERR];
    fault_cr2 = registers[REG_CR2];
    last_signal = number;
    last_code = information->si_code;
    siglongjmp(escape, 1);
}

#define FAULT_OF(statement)              \
    do {                                 \
        if (sigsetjmp(escape, 1) == 0) { \
            statement;                   \
        }                                \
    } while (0)

static void note_faults(void)
{
    struct sigaction action = { .sa_sigaction = note_context, .sa_flags = SA_SIGINFO };
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
    for (size_t i = 0; i < COUNT_OF(numbers); ++i)
        sigaction(numbers[i], &action, NULL);
    last_signal = last_code = 0;
    fault_trap = fault_error = fault_cr2 = -1;
}

BEHAVIOUR(a_page_fault_is_described_in_the_context)
{
    note_faults();
    FAULT_OF(*(volatile char*)bad_pointer() = 1);
    CHECK_EQ(last_signal, SIGSEGV);
    CHECK_EQ(last_code, SEGV_MAPERR);
    CHECK_EQ(fault_trap, 14);
    CHECK_EQ(fault_error, 6);
    CHECK_EQ(fault_cr2, (long)bad_pointer());
    FAULT_OF((void)*(volatile char*)bad_pointer());
    CHECK_EQ(fault_error, 4);
}

BEHAVIOUR(a_non_canonical_address_is_a_general_protection_fault)
{
    note_faults();
    volatile uintptr_t address = 0x8000000000000000;
    FAULT_OF((void)*(volatile char*)address);
    CHECK_EQ(last_signal, SIGSEGV);
    CHECK_EQ(last_code, SI_KERNEL);
    CHECK_EQ(fault_trap, 13);
}

BEHAVIOUR(a_privileged_instruction_is_a_general_protection_fault)
{
    note_faults();
    FAULT_OF(__asm__ volatile("hlt"));
    CHECK_EQ(last_signal, SIGSEGV);
    CHECK_EQ(last_code, SI_KERNEL);
}

BEHAVIOUR(a_division_by_zero_raises_sigfpe)
{
    note_faults();
    FAULT_OF(__asm__ volatile("xor %%ecx, %%ecx\n xor %%edx, %%edx\n div %%ecx" : : "a"(1) : "rcx", "rdx"));
    CHECK_EQ(last_signal, SIGFPE);
    CHECK_EQ(last_code, FPE_INTDIV);
    CHECK_EQ(fault_trap, 0);
}

BEHAVIOUR(an_invalid_instruction_raises_sigill)
{
    note_faults();
    FAULT_OF(__asm__ volatile("ud2"));
    CHECK_EQ(last_signal, SIGILL);
    CHECK_EQ(last_code, ILL_ILLOPN);
    CHECK_EQ(fault_trap, 6);
}

BEHAVIOUR(a_breakpoint_raises_sigtrap)
{
    note_faults();
    FAULT_OF(__asm__ volatile("int3"));
    CHECK_EQ(last_signal, SIGTRAP);
    CHECK_EQ(last_code, SI_KERNEL);
    CHECK_EQ(fault_trap, 3);
}

BEHAVIOUR(an_unmasked_floating_point_exception_raises_sigfpe)
{
    note_faults();
    unsigned unmasked = 0x1f80 & ~0x200u, masked = 0x1f80;
    volatile double zero = 0, one = 1, result = 0;
    __asm__ volatile("ldmxcsr %0" : : "m"(unmasked));
    FAULT_OF(result = one / zero);
    __asm__ volatile("ldmxcsr %0" : : "m"(masked));
    (void)result;
    CHECK_EQ(last_signal, SIGFPE);
    CHECK_EQ(last_code, FPE_FLTDIV);
    CHECK_EQ(fault_trap, 19);
}

BEHAVIOUR(siglongjmp_restores_the_mask)
{
    note_faults();
    for (int i = 0; i < 20; ++i)
        FAULT_OF(*(volatile char*)bad_pointer() = 1);
    CHECK(!is_blocked(SIGSEGV));
    CHECK_EQ(last_signal, SIGSEGV);
}

static char alternate[65536] __attribute__((aligned(4096)));
static volatile uintptr_t handler_stack;
static volatile int alternate_flags;

static void note_stack(int number)
{
    (void)number;
    handler_stack = (uintptr_t)__builtin_frame_address(0);
    stack_t now;
    EXPECT(sigaltstack(NULL, &now) == 0);
    alternate_flags = now.ss_flags;
}

static bool on_alternate(void)
{
    return handler_stack >= (uintptr_t)alternate && handler_stack < (uintptr_t)alternate + sizeof alternate;
}

static void use_alternate_stack(void)
{
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
    sigaltstack(&stack, NULL);
}

static void forget_alternate_stack(void)
{
    stack_t none = { .ss_flags = SS_DISABLE };
    sigaltstack(&none, NULL);
}

BEHAVIOUR(sa_onstack_runs_the_handler_on_the_alternate_stack)
{
    use_alternate_stack();
    handle(SIGUSR1, note_stack, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(on_alternate());
    CHECK_EQ(alternate_flags, SS_ONSTACK);
    handle(SIGUSR1, note_stack, 0);
    raise(SIGUSR1);
    CHECK(!on_alternate());
    CHECK_EQ(alternate_flags, 0);
    forget_alternate_stack();
    handle(SIGUSR1, note_stack, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(!on_alternate());
}

BEHAVIOUR(sigaltstack_checks_what_it_is_given)
{
    stack_t small = { .ss_sp = alternate, .ss_size = 1000 };
    stack_t odd = { .ss_sp = alternate, .ss_size = sizeof alternate, .ss_flags = 0x77 };
    CHECK_ERRNO(syscall(SYS_sigaltstack, &small, NULL), ENOMEM);
    CHECK_ERRNO(syscall(SYS_sigaltstack, &odd, NULL), EINVAL);
    CHECK_ERRNO(syscall(SYS_sigaltstack, bad_pointer(), NULL), EFAULT);
    stack_t old;
    use_alternate_stack();
    CHECK_OK(sigaltstack(NULL, &old));
    CHECK(old.ss_sp == alternate && old.ss_size == sizeof alternate && old.ss_flags == 0);
    forget_alternate_stack();
    CHECK_OK(sigaltstack(NULL, &old));
    CHECK_EQ(old.ss_flags, SS_DISABLE);
}

static void change_alternate_stack(int number)
{
    (void)number;
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
    order[0] = sigaltstack(&stack, NULL) == -1 ? errno : 0;
}

BEHAVIOUR(the_alternate_stack_cannot_change_while_in_use)
{
    use_alternate_stack();
    handle(SIGUSR1, change_alternate_stack, SA_ONSTACK);
    raise(SIGUSR1);
    forget_alternate_stack();
    CHECK_EQ(order[0], EPERM);
}

static int __attribute__((noinline)) overflow_the_stack(int level)
{
    volatile char frame[4096];
    frame[0] = (char)level;
    return level < INT_MAX ? overflow_the_stack(level + 1) + frame[0] : 0;
}

static void* overflow_in_thread(void* unused)
{
    use_alternate_stack();
    FAULT_OF(overflow_the_stack(0));
    forget_alternate_stack();
    return unused;
}

BEHAVIOUR(a_stack_overflow_is_handled_on_the_alternate_stack)
{
    struct sigaction action = { .sa_sigaction = note_context, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    last_signal = 0;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, &attributes, overflow_in_thread, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(last_signal, SIGSEGV);
}

BEHAVIOUR(sigsuspend_waits_with_another_mask)
{
    handle(SIGALRM, count, 0);
    block(SIGALRM);
    alarm_in_ms(20);
    sigset_t none = set_of(0);
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK(is_blocked(SIGALRM));
}

BEHAVIOUR(sigsuspend_takes_a_pending_signal_at_once)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    raise(SIGUSR1);
    sigset_t none = set_of(0);
    CHECK_ERRNO(sigsuspend(&none), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &none, 16), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigsuspend, bad_pointer(), 8), EFAULT);
}

BEHAVIOUR(pause_returns_after_a_handler)
{
    handle(SIGALRM, count, SA_RESTART);
    alarm_in_ms(20);
    CHECK_ERRNO(pause(), EINTR);
    CHECK_EQ(deliveries, 1);
}

BEHAVIOUR(sigwaitinfo_takes_a_blocked_signal_without_its_handler)
{
    handle(SIGUSR1, count, 0);
    block(SIGUSR1);
    CHECK_OK(sigqueue(getpid(), SIGUSR1, (union sigval) { .sival_int = 5 }));
    sigset_t set = set_of(SIGUSR1);
    siginfo_t information;
    CHECK_EQ(sigwaitinfo(&set, &information), SIGUSR1);
    CHECK_EQ(information.si_value.sival_int, 5);
    CHECK_EQ(information.si_signo, SIGUSR1);
    CHECK(!is_pending(SIGUSR1));
    CHECK_EQ(deliveries, 0);
}

BEHAVIOUR(sigtimedwait_gives_up)
{
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec soon = { 0, 10000000 }, now = { 0, 0 }, bad = { 0, 1000000000 };
    CHECK_ERRNO(sigtimedwait(&set, NULL, &soon), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&set, NULL, &now), EAGAIN);
    CHECK_ERRNO(sigtimedwait(&set, NULL, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, bad_pointer(), NULL, &now, 8), EFAULT);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &now, 4), EINVAL);
}

BEHAVIOUR(sigtimedwait_is_interrupted_by_another_signal)
{
    handle(SIGALRM, count, SA_RESTART);
    block(SIGUSR1);
    sigset_t set = set_of(SIGUSR1);
    struct timespec long_time = { 30, 0 };
    alarm_in_ms(20);
    CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &long_time, 8), EINTR);
    CHECK_EQ(deliveries, 1);
}

BEHAVIOUR(a_blocked_read_gives_eintr_without_sa_restart)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    handle(SIGALRM, count, 0);
    alarm_in_ms(20);
    char byte;
    CHECK_ERRNO(read(ends[0], &byte, 1), EINTR);
    CHECK_EQ(deliveries, 1);
}

static int restarted_pipe[2];

static void count_and_feed(int number)
{
    (void)number;
    if (++deliveries == 2)
        write(restarted_pipe[1], "x", 1);
}

BEHAVIOUR(a_blocked_read_is_restarted_with_sa_restart)
{
    CHECK_OK(pipe(restarted_pipe));
    handle(SIGALRM, count_and_feed, SA_RESTART);
    struct itimerval twice = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &twice, NULL);
    char byte;
    long result = read(restarted_pipe[0], &byte, 1);
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK_EQ(result, 1);
    CHECK(deliveries >= 2);
}

static void* interrupt_later(void* thread)
{
    sleep_ms(30);
    EXPECT(pthread_kill(*(pthread_t*)thread, SIGUSR1) == 0);
    return NULL;
}

BEHAVIOUR(a_signal_from_another_thread_interrupts)
{
    handle(SIGUSR1, count, 0);
    pthread_t self = pthread_self(), other;
    CHECK_EQ(pthread_create(&other, NULL, interrupt_later, &self), 0);
    struct timespec long_time = { 30, 0 };
    CHECK_ERRNO(nanosleep(&long_time, NULL), EINTR);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(pthread_join(other, NULL), 0);
}

static void* wait_for_signal(void* unused)
{
    sigset_t set = set_of(SIGUSR1);
    int number = 0;
    EXPECT(sigwait(&set, &number) == 0);
    EXPECT(number == SIGUSR1);
    return unused;
}

BEHAVIOUR(a_process_signal_goes_to_a_thread_that_waits_for_it)
{
    block(SIGUSR1);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, wait_for_signal, NULL), 0);
    sleep_ms(20);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(!is_pending(SIGUSR1));
}

static volatile pid_t handler_thread;

static void note_thread(int number)
{
    (void)number;
    handler_thread = (pid_t)syscall(SYS_gettid);
    ++deliveries;
}

static void* stay_unblocked(void* thread_id)
{
    unblock(SIGUSR1);
    *(volatile pid_t*)thread_id = (pid_t)syscall(SYS_gettid);
    for (int i = 0; i < 5000 && !deliveries; ++i)
        sleep_ms(1);
    return NULL;
}

BEHAVIOUR(a_process_signal_goes_to_a_thread_that_does_not_block_it)
{
    handle(SIGUSR1, note_thread, 0);
    block(SIGUSR1);
    volatile pid_t other = 0;
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, stay_unblocked, (void*)&other), 0);
    while (!other)
        sleep_ms(1);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(handler_thread, other);
}

static void* report_mask(void* unused)
{
    (void)unused;
    return (void*)(uintptr_t)(is_blocked(SIGUSR2) | is_pending(SIGUSR2) << 1);
}

BEHAVIOUR(a_new_thread_inherits_the_mask_but_no_pending_signals)
{
    block(SIGUSR2);
    raise(SIGUSR2);
    pthread_t thread;
    void* result;
    CHECK_EQ(pthread_create(&thread, NULL, report_mask, NULL), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(result, 1);
    CHECK(is_pending(SIGUSR2));
    signal(SIGUSR2, SIG_IGN);
}

static void spoil_registers(int number)
{
    (void)number;
    ++deliveries;
    __asm__ volatile("pxor %%xmm0, %%xmm0\n pxor %%xmm8, %%xmm8\n fninit\n xor %%r12, %%r12\n"
                     :
                     :
                     : "xmm0", "xmm8", "r12");
}

BEHAVIOUR(a_handler_does_not_change_the_registers_of_the_interrupted_code)
{
    handle(SIGUSR1, spoil_registers, 0);
    uint64_t in[4] = { 11, 22, 33, 44 }, out[4] = { 0 };
    long result;
    __asm__ volatile("movdqu (%[in]), %%xmm0\n movdqu 16(%[in]), %%xmm8\n"
                     "mov $234, %%eax\n syscall\n" // tgkill
                     "movdqu %%xmm0, (%[out])\n movdqu %%xmm8, 16(%[out])\n"
                     : "=a"(result)
                     : [in] "r"(in), [out] "r"(out), "D"((long)getpid()), "S"(syscall(SYS_gettid)), "d"((long)SIGUSR1)
                     : "rcx", "r11", "xmm0", "xmm8", "memory");
    CHECK_EQ(result, 0);
    CHECK_EQ(deliveries, 1);
    CHECK(memcmp(in, out, sizeof in) == 0);
}

BEHAVIOUR(asynchronous_signals_leave_a_computation_unharmed)
{
    handle(SIGALRM, spoil_registers, SA_RESTART);
    struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &often, NULL);
    double sum = 0;
    uint64_t hash = 1469598103934665603u;
    int64_t until = now_ns() + 100000000;
    long rounds = 0;
    while (now_ns() < until || deliveries < 3) {
        double expected = 0;
        sum = 0;
        hash = 1469598103934665603u;
        for (int i = 1; i <= 1000; ++i) {
            sum += 1.0 / i;
            hash = (hash ^ (unsigned)i) * 1099511628211u;
        }
        for (int i = 1; i <= 1000; ++i)
            expected += 1.0 / i;
        EXPECT(sum == expected);
        if (++rounds > 10000000)
            break;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK(deliveries >= 3);
    say("sum %.17g hash %lu", sum, (unsigned long)hash);
}

static void spoil_below_the_stack(int number)
{
    (void)number;
    volatile char buffer[4096];
    for (size_t i = 0; i < sizeof buffer; ++i)
        buffer[i] = (char)0xee;
    ++deliveries;
}

BEHAVIOUR(a_signal_leaves_the_red_zone_alone)
{
    handle(SIGALRM, spoil_below_the_stack, SA_RESTART);
    struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
    setitimer(ITIMER_REAL, &often, NULL);
    long wrong = 0;
    for (long i = 0; i < 3000000 || (deliveries < 5 && i < 3000000000); ++i) {
        uint64_t value;
        __asm__ volatile("mov %1, -8(%%rsp)\n mov %1, -128(%%rsp)\n pause\n"
                         "mov -8(%%rsp), %0\n xor -128(%%rsp), %0\n xor %1, %0\n xor %1, %0\n"
                         : "=&r"(value)
                         : "r"(i)
                         : "memory");
        wrong += value != 0;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    CHECK_EQ(wrong, 0);
    CHECK(deliveries >= 5);
}

static void set_errno(int number)
{
    (void)number;
    ++deliveries;
    (void)close(-1);
}

BEHAVIOUR(a_handler_shares_errno_with_what_it_interrupts)
{
    handle(SIGUSR1, set_errno, 0);
    errno = 0;
    raise(SIGUSR1);
    CHECK_EQ(errno, EBADF);
}

BEHAVIOUR(the_handler_stack_is_aligned_as_a_call)
{
    handle(SIGUSR1, note_stack, 0);
    raise(SIGUSR1);
    CHECK_EQ(handler_stack % 16, 0);
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

ENDING_BEHAVIOUR(an_unhandled_fault_ends_the_process) { *(volatile char*)bad_pointer() = 1; }

ENDING_BEHAVIOUR(an_unhandled_invalid_instruction_ends_the_process) { __asm__ volatile("ud2"); }

ENDING_BEHAVIOUR(an_unhandled_division_by_zero_ends_the_process)
{
    __asm__ volatile("xor %%ecx, %%ecx\n xor %%edx, %%edx\n div %%ecx" : : "a"(1) : "rcx", "rdx");
}

ENDING_BEHAVIOUR(a_real_time_signal_ends_the_process) { raise(SIGRTMIN + 2); }

ENDING_BEHAVIOUR(a_fault_in_its_own_handler_ends_the_process)
{
    handle(SIGSEGV, (void (*)(int))bad_pointer(), 0);
    *(volatile char*)bad_pointer() = 1;
}

ENDING_BEHAVIOUR(a_blocked_fault_ends_the_process)
{
    handle(SIGSEGV, count, 0);
    block(SIGSEGV);
    *(volatile char*)bad_pointer() = 1;
}

ENDING_BEHAVIOUR(an_ignored_fault_ends_the_process)
{
    signal(SIGSEGV, SIG_IGN);
    *(volatile char*)bad_pointer() = 1;
}

ENDING_BEHAVIOUR(an_alarm_ends_the_process)
{
    alarm(1);
    for (;;)
        pause();
}
