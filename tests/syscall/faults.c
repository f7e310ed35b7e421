// Faults of the processor as signals, and what their contexts tell.
#include "tests/support/alternate_stack.h"
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/syscall.h>
#include <unistd.h>

BEHAVIOUR(signals_ignored_by_default_do_nothing)
{
    CHECK_EQ(raise(SIGCHLD), 0);
    CHECK_EQ(raise(SIGURG), 0);
    CHECK_EQ(raise(SIGWINCH), 0);
    CHECK_EQ(raise(SIGCONT), 0);
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

BEHAVIOUR(after_a_breakpoint_the_program_goes_on_behind_it)
{
    handle(SIGTRAP, count, 0);
    __asm__ volatile("int3\n .byte 0xcd, 0x03\n int3");
    CHECK_EQ(deliveries, 3);
}

static volatile uintptr_t trapped_at;
static void* volatile trap_address;

static void note_trap(int number, siginfo_t* information, void* context)
{
    last_signal = number;
    trap_address = information->si_addr;
    trapped_at = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
}

BEHAVIOUR(a_breakpoint_is_told_of_behind_it)
{
    struct sigaction action = { .sa_sigaction = note_trap, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGTRAP, &action, NULL));
    uintptr_t after;
    __asm__ volatile("lea 1f(%%rip), %0\n int3\n 1:" : "=&r"(after) : : "memory");
    CHECK_EQ(last_signal, SIGTRAP);
    CHECK_EQ(trapped_at, after);
    CHECK_EQ(trap_address, 0);
    __asm__ volatile("lea 1f(%%rip), %0\n .byte 0xcd, 3\n 1:" : "=&r"(after) : : "memory");
    CHECK_EQ(trapped_at, after);
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

static void change_trap_flag(bool is_set)
{
    __asm__ volatile("sub $128, %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n or %0, (%%rsp)\n popfq\n add $128, %%rsp"
                     :
                     : "r"(is_set ? 0x100l : 0l)
                     : "memory", "cc");
}

// How many steps there are is left open: an enclave ends them at each system call.
BEHAVIOUR(a_program_that_steps_itself_can_make_system_calls)
{
    handle(SIGTRAP, count, 0);
    change_trap_flag(true);
    long first = syscall(SYS_getppid);
    change_trap_flag(true);
    long second = getpid();
    change_trap_flag(false);
    CHECK(first >= 0 && second == getpid());
    CHECK(deliveries >= 1);
}

ENDING_BEHAVIOUR(an_unhandled_fault_ends_the_process) { *(volatile char*)bad_pointer() = 1; }

ENDING_BEHAVIOUR(an_unhandled_invalid_instruction_ends_the_process) { __asm__ volatile("ud2"); }

ENDING_BEHAVIOUR(an_unhandled_division_by_zero_ends_the_process)
{
    __asm__ volatile("xor %%ecx, %%ecx\n xor %%edx, %%edx\n div %%ecx" : : "a"(1) : "rcx", "rdx");
}

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
