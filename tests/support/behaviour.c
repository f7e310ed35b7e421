#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { kLineSize = 1024, kHighestOpenDescriptor = 64 };

extern const struct behaviour* const __start_behaviours[];
extern const struct behaviour* const __stop_behaviours[];

static const struct behaviour* current;
static char problem[kLineSize];
static char skipped[kLineSize];
static int failed;
static int home_directory = -1;
static int standard_output = 1;

static void print_line(const char* kind, const char* text)
{
    char line[2 * kLineSize];
    int length = snprintf(line, sizeof line, "%s %s%s%s\n", kind, current->name, *text ? ": " : "", text);
    if (write(standard_output, line, (size_t)length) != length)
        _exit(99);
}

void say(const char* format, ...)
{
    char text[kLineSize];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_line("say", text);
}

void behaviour_fail(const char* file, int line, const char* format, ...)
{
    // Only the first failure of a behaviour is told: the others follow from it.
    if (__atomic_exchange_n(&failed, 1, __ATOMIC_SEQ_CST))
        return;

    const char* slash = strrchr(file, '/');
    int length = snprintf(problem, sizeof problem, "%s:%d: ", slash ? slash + 1 : file, line);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem + length, sizeof problem - (size_t)length, format, arguments);
    va_end(arguments);
    if (current->ends_the_process)
        print_line("FAIL", problem);
}

bool behaviour_equal(const char* file, int line, const char* left_text, long left, const char* right_text, long right)
{
    if (left != right)
        behaviour_fail(file, line, "%s is %ld, expected %s = %ld", left_text, left, right_text, right);
    return left == right;
}

bool behaviour_succeeded(const char* file, int line, const char* call, long result)
{
    if (result == -1)
        behaviour_fail(file, line, "%s failed: %d %s", call, errno, strerror(errno));
    return result != -1;
}

bool behaviour_refused(const char* file, int line, const char* call, long result, int expected, const char* name)
{
    if (result == -1 && errno == expected)
        return true;
    if (result == -1)
        behaviour_fail(file, line, "%s failed with %d (%s), expected %s", call, errno, strerror(errno), name);
    else
        behaviour_fail(file, line, "%s returned %ld, expected %s", call, result, name);
    return false;
}

void behaviour_skip(const char* why) { snprintf(skipped, sizeof skipped, "%s", why); }

void* bad_pointer(void)
{
    volatile uintptr_t address = 16;
    return (void*)address;
}

void* kernel_pointer(void)
{
    volatile uintptr_t address = 0xffff800000000000;
    return (void*)address;
}

char* page_before_a_hole(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char* pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        abort();
    return pages;
}

int open_file_with(const char* name, const char* text)
{
    int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file >= 0 && pwrite(file, text, strlen(text), 0) != (ssize_t)strlen(text))
        return -1;
    return file;
}

bool file_contains(const char* name, const char* text)
{
    char contents[kLineSize];
    int file = open(name, O_RDONLY);
    ssize_t size = file < 0 ? -1 : read(file, contents, sizeof contents);
    close(file);
    return size == (ssize_t)strlen(text) && memcmp(contents, text, (size_t)size) == 0;
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void sleep_ms(int milliseconds)
{
    struct timespec left = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    while (nanosleep(&left, &left) != 0 && errno == EINTR) { }
}

// What a behaviour left open or changed must not reach the next one.
static void restore_the_process(void)
{
    for (int descriptor = 3; descriptor < kHighestOpenDescriptor; ++descriptor) {
        if (descriptor != home_directory && descriptor != standard_output)
            close(descriptor);
    }
    // Ignoring a signal first drops it if it is pending.
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_DFL);
    umask(022);
    if (home_directory >= 0 && fchdir(home_directory) != 0)
        _exit(98);
}

static void run_behaviour(const struct behaviour* chosen)
{
    current = chosen;
    failed = 0;
    problem[0] = skipped[0] = 0;
    print_line("run", "");
    // A system without directories can still show how it keeps registers: ENOSYS is for the family of directories.
    bool has_place = (mkdir(chosen->name, 0755) == 0 && chdir(chosen->name) == 0) || errno == ENOSYS;
    if (!has_place)
        behaviour_fail(__FILE__, __LINE__, "no directory for the behaviour: %s", strerror(errno));
    else
        chosen->run();
    restore_the_process();
    if (failed)
        print_line("FAIL", problem);
    else
        print_line(skipped[0] ? "skip" : "ok", skipped);
}

static const struct behaviour* find_behaviour(const char* name)
{
    for (const struct behaviour* const* each = __start_behaviours; each < __stop_behaviours; ++each) {
        if (strcmp((*each)->name, name) == 0)
            return *each;
    }
    return NULL;
}

static void list_behaviours(void)
{
    for (const struct behaviour* const* each = __start_behaviours; each < __stop_behaviours; ++each)
        printf("%s%s\n", (*each)->name, (*each)->ends_the_process ? " (ends the process)" : "");
}

static int run_all(void)
{
    int failures = 0;
    for (const struct behaviour* const* each = __start_behaviours; each < __stop_behaviours; ++each) {
        if ((*each)->ends_the_process)
            continue;
        run_behaviour(*each);
        failures += failed;
    }
    return failures != 0;
}

// FAMILY [--list | NAME...]; without arguments, all behaviours that do not end the process.
// Not where it was started but in a new directory there, which only the kind of file system that is tested may have.
static void move_to(const char* parent)
{
    char path[256];
    snprintf(path, sizeof path, "%s/farl-behaviours-XXXXXX", parent);
    if (!mkdtemp(path) || chdir(path) != 0) {
        perror(path);
        exit(3);
    }
}

int main(int count, char** arguments)
{
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        list_behaviours();
        return 0;
    }

    if (getenv("FARL_BEHAVIOURS_IN"))
        move_to(getenv("FARL_BEHAVIOURS_IN"));
    // Both stay above the numbers that a behaviour gets from open(), so that those are predictable.
    home_directory = fcntl(open(".", O_RDONLY | O_DIRECTORY), F_DUPFD, 1000);
    standard_output = fcntl(1, F_DUPFD, 1000);
    if (standard_output < 0)
        standard_output = 1;
    close(3);
    if (count == 1)
        return run_all();

    int failures = 0;
    for (int i = 1; i < count; ++i) {
        const struct behaviour* chosen = find_behaviour(arguments[i]);
        if (!chosen) {
            fprintf(stderr, "%s: no behaviour is called %s\n", arguments[0], arguments[i]);
            return 2;
        }
        run_behaviour(chosen);
        failures += failed;
    }
    return failures != 0;
}
