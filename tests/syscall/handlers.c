// How a handler runs: flags, masks, stacks, contexts, and what it leaves alone.
#include "tests/support/alternate_stack.h"
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t depth, deepest;

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

static volatile int order[8];
static volatile int ordered;

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
