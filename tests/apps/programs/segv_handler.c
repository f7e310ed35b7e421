/* A program that handles its own faults: leaves the handler by siglongjmp, or repairs the mapping and goes on. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { kPage = 4096, kPages = 64 };

static sigjmp_buf escape;
static volatile int repaired;
static char* volatile area;

static void install(int number, void (*handler)(int, siginfo_t*, void*))
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigaction(number, &action, NULL);
}

static void leave(int number, siginfo_t* info, void* context)
{
    (void)info;
    (void)context;
    siglongjmp(escape, number);
}

static void repair(int number, siginfo_t* info, void* context)
{
    (void)number;
    ucontext_t* user = context;
    int is_write = (user->uc_mcontext.gregs[REG_ERR] & 2) != 0;
    int is_page_fault = user->uc_mcontext.gregs[REG_TRAPNO] == 14;
    if (info->si_code != SEGV_ACCERR || !is_write || !is_page_fault)
        _exit(1);
    repaired++;
    mprotect((void*)((uintptr_t)info->si_addr & ~(uintptr_t)(kPage - 1)), kPage, PROT_READ | PROT_WRITE);
}

static void describe(int number, siginfo_t* info, void* context)
{
    (void)number;
    int is_in_area = info->si_addr == area;
    printf("code %d, address %p\n", info->si_code, is_in_area ? (void*)kPage : info->si_addr);
    leave(SIGSEGV, info, context);
}

static void recover_by_jumping(void)
{
    install(SIGSEGV, leave);
    volatile int caught = 0;
    for (volatile int i = 0; i < 1000; i++) {
        if (sigsetjmp(escape, 1) == 0)
            *(volatile int*)(uintptr_t)(8 * i) = 1;
        else
            caught++;
    }
    printf("null pointers: %d caught\n", caught);
}

static void recover_by_repairing(void)
{
    area = mmap(NULL, kPages * kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    install(SIGSEGV, repair);
    for (int page = 0; page < kPages; page++)
        area[page * kPage + page] = (char)page;
    int sum = 0;
    for (int page = 0; page < kPages; page++)
        sum += area[page * kPage + page];
    printf("repaired %d pages, sum %d\n", repaired, sum);
}

static void see_where_it_faulted(void)
{
    install(SIGSEGV, describe);
    if (sigsetjmp(escape, 1) == 0)
        *(volatile char*)0x123 = 1;
    if (sigsetjmp(escape, 1) == 0)
        (void)*(volatile char*)0x8000000000000000; /* not canonical: #GP */
    mprotect(area, kPage, PROT_NONE);
    if (sigsetjmp(escape, 1) == 0)
        (void)*(volatile char*)area;
    else
        puts("no access");
    munmap(area, kPages * kPage);
    if (sigsetjmp(escape, 1) == 0)
        (void)*(volatile char*)area;
    else
        puts("unmapped");
}

static int overflow(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return depth > 1 << 28 ? 0 : overflow(depth + 1) + frame[0];
}

static void survive_a_stack_overflow(void)
{
    stack_t alternate = { .ss_sp = malloc(64 << 10), .ss_size = 64 << 10 };
    sigaltstack(&alternate, NULL);
    install(SIGSEGV, leave);
    if (sigsetjmp(escape, 1) == 0)
        overflow(0);
    else
        puts("survived a stack overflow");
}

static volatile int one = 1;
static volatile int zero;

static void catch_other_exceptions(void)
{
    install(SIGFPE, leave);
    install(SIGILL, leave);
    install(SIGTRAP, leave);
    int number = sigsetjmp(escape, 1);
    if (number == 0)
        zero = one / zero;
    printf("division: %s\n", strsignal(number));
    number = sigsetjmp(escape, 1);
    if (number == 0)
        __asm__ volatile("ud2");
    printf("ud2: %s\n", strsignal(number));
    number = sigsetjmp(escape, 1);
    if (number == 0)
        __asm__ volatile("int3");
    printf("int3: %s\n", strsignal(number));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    recover_by_jumping();
    recover_by_repairing();
    see_where_it_faulted();
    survive_a_stack_overflow();
    catch_other_exceptions();
    return 0;
}
