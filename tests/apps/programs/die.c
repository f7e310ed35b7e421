/* Ends in the way its argument names: an exit status, or a signal. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int one = 1;
static volatile int zero;

static void divide_by_zero(void) { zero = one / zero; }

static void read_null(void) { (void)*(volatile int*)0; }

static void run_undefined_instruction(void) { __asm__ volatile("ud2"); }

static void run_breakpoint(void) { __asm__ volatile("int3"); }

static const struct {
    const char* name;
    void (*end)(void);
} kFaults[] = {
    { "abort", abort },
    { "divide", divide_by_zero },
    { "null", read_null },
    { "undefined", run_undefined_instruction },
    { "breakpoint", run_breakpoint },
};

int main(int argc, char** argv)
{
    if (argc != 3)
        return 100;
    puts("alive");
    fflush(stdout);
    if (strcmp(argv[1], "exit") == 0)
        exit(atoi(argv[2]));
    if (strcmp(argv[1], "_exit") == 0)
        _exit(atoi(argv[2]));
    if (strcmp(argv[1], "kill") == 0)
        kill(getpid(), atoi(argv[2]));
    if (strcmp(argv[1], "raise") == 0)
        raise(atoi(argv[2]));
    for (size_t i = 0; i < sizeof kFaults / sizeof kFaults[0]; i++) {
        if (strcmp(argv[2], kFaults[i].name) == 0)
            kFaults[i].end();
    }
    puts("still alive");
    return 101;
}
