// Touching memory that may fault: which signal comes, with which code and address.
#pragma once
#include "tests/support/behaviour.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { kPage = 4096, kReadWrite = PROT_READ | PROT_WRITE, kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS };

static sigjmp_buf after_the_fault;
static volatile sig_atomic_t fault_signal, fault_code;
static void* volatile fault_address;

static inline void remember_fault(int number, siginfo_t* information, void* context)
{
    (void)context;
    fault_signal = number;
    fault_code = information->si_code;
    fault_address = information->si_addr;
    siglongjmp(after_the_fault, 1);
}

static inline void catch_faults(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO, .sa_sigaction = remember_fault };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

// The signal that reading or writing a byte raises, or 0.
static inline int signal_of_read(const volatile char* address)
{
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        (void)*address;
    return fault_signal;
}

static inline int signal_of_write(volatile char* address)
{
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        *address = 'w';
    return fault_signal;
}

static inline char* map_pages(size_t count) { return mmap(NULL, count * kPage, kReadWrite, kAnonymous, -1, 0); }
