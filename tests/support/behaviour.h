// A small framework for programs that state how Linux behaves, one behaviour at a time. It is plain C, so that
// the same file can be built with glibc or musl, dynamic or static. A family is one source file; its main() is
// in behaviour.c. tests/syscall/run.py runs a family natively, then inside an enclave, and compares.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*behaviour_function)(void);

struct behaviour {
    const char* name;
    behaviour_function run;
    bool ends_the_process;
};

#define BEHAVIOUR_ENTRY(name, ends)                                                                                  \
    static void behaviour_##name(void);                                                                              \
    static const struct behaviour entry_##name = { #name, behaviour_##name, ends };                                  \
    __attribute__((section("behaviours"), used)) static const struct behaviour* const listed_##name = &entry_##name; \
    static void behaviour_##name(void)

// BEHAVIOUR(a_sentence_that_is_true) { ...; CHECK(...); }
#define BEHAVIOUR(name) BEHAVIOUR_ENTRY(name, false)

// A behaviour that ends the process. The runner gives it a process of its own; the native status is what counts.
#define ENDING_BEHAVIOUR(name) BEHAVIOUR_ENTRY(name, true)

// The CHECK_ macros leave the function (which returns void) at the first failure; EXPECT only records it, and may
// be used in any function and any thread.
#define EXPECT(condition) ((condition) ? (void)0 : behaviour_fail(__FILE__, __LINE__, "%s", #condition))
#define CHECK(condition)                                          \
    do {                                                          \
        if (!(condition)) {                                       \
            behaviour_fail(__FILE__, __LINE__, "%s", #condition); \
            return;                                               \
        }                                                         \
    } while (0)
#define CHECK_EQ(left, right)                                                                 \
    do {                                                                                      \
        if (!behaviour_equal(__FILE__, __LINE__, #left, (long)(left), #right, (long)(right))) \
            return;                                                                           \
    } while (0)
#define CHECK_OK(call)                                                     \
    do {                                                                   \
        errno = 0;                                                         \
        if (!behaviour_succeeded(__FILE__, __LINE__, #call, (long)(call))) \
            return;                                                        \
    } while (0)
#define CHECK_ERRNO(call, expected)                                                           \
    do {                                                                                      \
        errno = 0;                                                                            \
        if (!behaviour_refused(__FILE__, __LINE__, #call, (long)(call), expected, #expected)) \
            return;                                                                           \
    } while (0)
#define SKIP_IF(condition, why)  \
    do {                         \
        if (condition) {         \
            behaviour_skip(why); \
            return;              \
        }                        \
    } while (0)

// Prints a fact that no standard fixes, but that must be the same inside and outside.
__attribute__((format(printf, 1, 2))) void say(const char* format, ...);

__attribute__((format(printf, 3, 4))) void behaviour_fail(const char* file, int line, const char* format, ...);
bool behaviour_equal(const char* file, int line, const char* left_text, long left, const char* right_text, long right);
bool behaviour_succeeded(const char* file, int line, const char* call, long result);
bool behaviour_refused(const char* file, int line, const char* call, long result, int expected, const char* name);
void behaviour_skip(const char* why);

// Addresses that are never valid, hidden from the compiler. On x86-64 the last one is not canonical.
void* bad_pointer(void);
void* kernel_pointer(void);

// One page that can be read and written, followed by one that cannot be touched; never freed.
char* page_before_a_hole(void);

int open_file_with(const char* name, const char* text);
bool file_contains(const char* name, const char* text);
int64_t now_ns(void);
void sleep_ms(int milliseconds);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
