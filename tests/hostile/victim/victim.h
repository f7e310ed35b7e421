// A program that a lying host tries to harm: it makes one kind of call again and again, and looks each time whether the
// answer is one that a program may get, and whether memory around its buffers is as it left it.
#pragma once

#include <stddef.h>

struct scenario {
    char const* name;
    void (*prepare)(void);
    long (*act)(void); // -1 and errno, or what the call gave
    long most;         // the largest answer that makes sense
};

// Bytes with guards on both sides, which check_guards() looks at. Never freed.
char* guarded(size_t size);
void check_guards(void);

// Ends the program: an answer that cannot be.
void harmed(char const* format, ...) __attribute__((noreturn, format(printf, 1, 2)));
// Ends the program if `result` is negative: preparation went wrong.
long must(long result, char const* what);

// Each ends with an entry without a name.
extern struct scenario const file_scenarios[], name_scenarios[], attribute_scenarios[], socket_scenarios[],
    wait_scenarios[], memory_scenarios[], process_scenarios[], state_scenarios[], thread_scenarios[];

extern int file; // open for reading and writing, 8192 bytes, named "file" in the working directory
