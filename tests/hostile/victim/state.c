// What a program keeps in registers and memory while the host has the processor.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kSize = 100, kVectors = 16 * 32 };

struct state {
    _Alignas(32) uint8_t vectors[kVectors];
    uint64_t flags;
    uint32_t mxcsr;
    uint16_t control;
    double top;
};

static char* buffer;
static struct state before, after;
static _Alignas(64) char initial[4096]; // an XSAVE area in which nothing is in use

static void prepare(void) { buffer = guarded(kSize); }

#define EACH_REGISTER(line) ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n" line "\n.endr\n"

// pread64(2) with all of `before` in the registers; what they are then goes to `after`.
static long call_with_state(int upper_halves, int x87)
{
    long result;
    register char* second __asm__("rsi") = buffer;
    register long third __asm__("rdx") = kSize, fourth __asm__("r10") = 0;
    if (upper_halves)
        __asm__ volatile(EACH_REGISTER("vmovdqa \\n*32(%0), %%ymm\\n")::"r"(before.vectors));
    else // so that the processor knows that nothing else is in use
        __asm__ volatile("xrstor (%1)\n" EACH_REGISTER("movdqa \\n*32(%0), %%xmm\\n")::"r"(before.vectors),
            "r"(initial), "a"(0xE7), "d"(0));
    if (x87)
        __asm__ volatile("fldcw %0\n fldl %1" ::"m"(before.control), "m"(before.top));
    __asm__ volatile("ldmxcsr %[mxcsr]\n pushq %[flags]\n popfq\n"
                     "syscall\n"
                     "pushfq\n popq %[after_flags]\n pushq $2\n popfq\n stmxcsr %[after_mxcsr]\n"
                     : "=a"(result), [after_flags] "=m"(after.flags), [after_mxcsr] "=m"(after.mxcsr)
                     : "a"(SYS_pread64), "D"((long)file), "r"(second), "r"(third),
                     "r"(fourth), [flags] "m"(before.flags), [mxcsr] "m"(before.mxcsr)
                     : "rcx", "r11", "memory", "cc");
    __asm__ volatile(EACH_REGISTER("vmovdqa %%ymm\\n, \\n*32(%0)")::"r"(after.vectors) : "memory");
    if (x87)
        __asm__ volatile("fnstcw %0\n fstpl %1\n fninit" : "=m"(after.control), "=m"(after.top));
    __asm__ volatile("vzeroall\n ldmxcsr %0" ::"m"((uint32_t) { 0x1F80 }));
    return result;
}

static long act_registers(void)
{
    static unsigned round;
    int upper_halves = ++round & 1, x87 = (round >> 1) & 1;
    memset(&before, 0, sizeof(before));
    for (int i = 0; i < kVectors; ++i)
        before.vectors[i] = upper_halves || i % 32 < 16 ? (uint8_t)(i * 7 + round) : 0;
    before.mxcsr = round & 4 ? 0x9FC0 : 0x1F80;
    before.flags = round % 3 ? 0x202 | 0x400 | 0x40000 : 0x202;
    before.control = x87 ? 0x27F : 0;
    before.top = x87 ? 1.5 : 0;
    after = before;
    long result = call_with_state(upper_halves, x87);
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    for (int i = 0; i < kVectors; ++i)
        if (after.vectors[i] != before.vectors[i])
            harmed("byte %d of register %d is %x, not %x", i % 32, i / 32, after.vectors[i], before.vectors[i]);
    if (after.mxcsr != before.mxcsr || after.control != before.control || after.top != before.top)
        harmed("MXCSR %x, control word %x, top %g", after.mxcsr, after.control, after.top);
    if ((after.flags ^ before.flags) & (0x400 | 0x40000))
        harmed("flags %lx, not %lx", after.flags, before.flags);
    return result;
}

// Nothing here raises a fault, so no handler for one may run.
static void not_mine(int number) { harmed("the handler of signal %d ran", number); }
static volatile int notes;
static void noted(int number, siginfo_t* info, void* context)
{
    (void)context;
    if (info->si_code != SI_USER || info->si_pid != 0 || info->si_value.sival_ptr)
        harmed("signal %d says code %d, sender %d", number, info->si_code, info->si_pid);
    ++notes;
}
static void tell_notes(void) { printf("notes %d\n", notes); }

static void prepare_handlers(void)
{
    prepare();
    int const faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); ++i)
        signal(faults[i], not_mine);
    sigaction(SIGUSR1, &(struct sigaction) { .sa_sigaction = noted, .sa_flags = SA_SIGINFO | SA_RESTART }, NULL);
    atexit(tell_notes);
}

static long act_compute(void)
{
    for (volatile int i = 0; i < 100000; ++i) { }
    return pread(file, buffer, kSize, 0);
}

// A page that it tells the host of: what is in it stays, and touching it is no fault.
static volatile char* page;
static void prepare_page(void)
{
    prepare_handlers();
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[100] = 42;
    char name[64];
    snprintf(name, sizeof(name), "/hostile/page/%lx", (unsigned long)page);
    access(name, F_OK);
}
static long act_page(void)
{
    long result = pread(file, buffer, kSize, 0);
    if (page[100] != 42)
        harmed("the page lost what was in it");
    page[200]++;
    return result;
}

// For a test that sends a signal itself.
static long act_wait(void)
{
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
    return 0;
}

struct scenario const state_scenarios[] = {
    { "waiting", prepare_handlers, act_wait, 0 },
    { "registers", prepare, act_registers, kSize },
    { "compute", prepare_handlers, act_compute, kSize },
    { "page", prepare_page, act_page, kSize },
    { 0 },
};
