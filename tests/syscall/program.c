// What a program finds at its start and uses without thinking: arguments, stack, libraries, contexts, end.
#include "tests/support/behaviour.h"

#include <assert.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

extern char** environ;

static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 42; }

BEHAVIOUR(constructors_have_run) { CHECK_EQ(constructed, 42); }

BEHAVIOUR(the_environment_ends_where_the_auxiliary_vector_begins)
{
    // Above the strings of the environment lies the vector; AT_NULL ends it, AT_PAGESZ is in it.
    char** at = environ;
    while (*at)
        ++at;
    bool page_size = false;
    for (const Elf64_auxv_t* entry = (const Elf64_auxv_t*)(at + 1); entry->a_type != AT_NULL; ++entry)
        page_size |= entry->a_type == AT_PAGESZ && entry->a_un.a_val == 4096;
    CHECK(page_size);
}

BEHAVIOUR(the_stack_of_main_is_aligned) { CHECK_EQ((uintptr_t)__builtin_frame_address(0) % 16, 0); }

BEHAVIOUR(the_vdso_is_an_elf_image)
{
    const Elf64_Ehdr* image = (const Elf64_Ehdr*)getauxval(AT_SYSINFO_EHDR);
    CHECK(image != NULL);
    CHECK_EQ(memcmp(image->e_ident, ELFMAG, SELFMAG), 0);
    CHECK_EQ(image->e_type, ET_DYN);
}

BEHAVIOUR(a_library_can_be_loaded_and_unloaded)
{
    void* library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
    double (*cosine)(double) = NULL;
    *(void**)&cosine = dlsym(library, "cos");
    CHECK(cosine != NULL);
    CHECK(cosine(0) == 1);
    CHECK_EQ(dlclose(library), 0);
    CHECK(dlopen("libno-such-library.so", RTLD_NOW) == NULL);
    CHECK(dlerror() != NULL);
}

static int count_object(struct dl_phdr_info* information, size_t size, void* count)
{
    (void)size;
    *(int*)count += information->dlpi_phnum > 0;
    return 0;
}

BEHAVIOUR(loaded_objects_can_be_walked)
{
    int count = 0;
    dl_iterate_phdr(count_object, &count);
    CHECK(count >= 3);
}

static jmp_buf place;

static void __attribute__((noinline)) jump_back(int value) { longjmp(place, value); }

BEHAVIOUR(longjmp_returns_to_setjmp)
{
    volatile int rounds = 0;
    int value = setjmp(place);
    if (value < 5) {
        ++rounds;
        jump_back(value + 1);
    }
    CHECK_EQ(rounds, 5);
}

static ucontext_t main_context, other_context;
static int switches;

static void run_in_other_context(void)
{
    for (int i = 0; i < 3; ++i) {
        ++switches;
        swapcontext(&other_context, &main_context);
    }
}

BEHAVIOUR(contexts_can_be_swapped)
{
    static char stack[65536];
    switches = 0;
    CHECK_OK(getcontext(&other_context));
    other_context.uc_stack.ss_sp = stack;
    other_context.uc_stack.ss_size = sizeof stack;
    other_context.uc_link = &main_context;
    makecontext(&other_context, run_in_other_context, 0);
    for (int i = 0; i < 3; ++i)
        CHECK_OK(swapcontext(&main_context, &other_context));
    CHECK_EQ(switches, 3);
}

BEHAVIOUR(string_functions_agree_at_page_ends)
{
    char* page = page_before_a_hole();
    for (size_t length = 0; length < 200; ++length) {
        char* text = page + 4096 - length - 1;
        memset(text, 'x', length);
        text[length] = 0;
        CHECK_EQ(strlen(text), length);
        CHECK_EQ(memchr(text, 'y', length) == NULL, 1);
        CHECK_EQ(strchr(text, 0) == text + length, 1);
    }
}

static char* guarded;
static volatile sig_atomic_t opened;

static void open_the_page(int number, siginfo_t* information, void* context)
{
    (void)number;
    (void)context;
    char* page = (char*)((uintptr_t)information->si_addr & ~(uintptr_t)4095);
    if (mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0)
        _exit(97);
    ++opened;
}

BEHAVIOUR(a_handler_can_open_a_page_and_let_the_access_go_on)
{
    struct sigaction action = { .sa_sigaction = open_the_page, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    guarded = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    opened = 0;
    for (int i = 0; i < 16; ++i) {
        guarded[i * 4096 + i] = (char)i;
        guarded[i * 4096 + i + 1] = 1;
    }
    CHECK_EQ(opened, 16);
    for (int i = 0; i < 16; ++i)
        CHECK_EQ(guarded[i * 4096 + i], i);
}

static void* touch_guarded(void* first)
{
    for (int i = (int)(intptr_t)first; i < 400; i += 4)
        guarded[i * 4096] = 'x';
    return NULL;
}

BEHAVIOUR(threads_can_fault_at_the_same_time)
{
    struct sigaction action = { .sa_sigaction = open_the_page, .sa_flags = SA_SIGINFO };
    CHECK_OK(sigaction(SIGSEGV, &action, NULL));
    guarded = mmap(NULL, 400 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_t threads[4];
    for (intptr_t i = 0; i < 4; ++i)
        CHECK_EQ(pthread_create(&threads[i], NULL, touch_guarded, (void*)i), 0);
    for (int i = 0; i < 4; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < 400; ++i)
        CHECK_EQ(guarded[i * 4096], 'x');
}

BEHAVIOUR(cpuid_and_the_time_stamp_counter_can_be_used)
{
    unsigned eax = 0, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    CHECK(eax >= 1);
    uint64_t first = __builtin_ia32_rdtsc();
    sleep_ms(2);
    CHECK(__builtin_ia32_rdtsc() > first);
    CHECK(__builtin_cpu_supports("sse2"));
}

BEHAVIOUR(printing_of_floating_point_numbers_works)
{
    char text[64];
    setlocale(LC_ALL, "C");
    snprintf(text, sizeof text, "%.3f %g %a", 3.14159, 1e100, 1.5);
    CHECK(strcmp(text, "3.142 1e+100 0x1.8p+0") == 0);
    CHECK(strtod("2.5e3", NULL) == 2500);
}

BEHAVIOUR(standard_streams_buffer_and_flush)
{
    FILE* file = fopen("a", "w+");
    CHECK(file != NULL);
    CHECK(fprintf(file, "line %d\n", 1) == 7);
    CHECK(file_contains("a", ""));
    CHECK_EQ(fflush(file), 0);
    CHECK(file_contains("a", "line 1\n"));
    rewind(file);
    char line[16];
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK(strcmp(line, "line 1\n") == 0);
    CHECK_EQ(fclose(file), 0);
}

BEHAVIOUR(temporary_files_can_be_made)
{
    char name[] = "name-XXXXXX";
    int file = mkstemp(name);
    CHECK_OK(file);
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_OK(unlink(name));
    char directory[] = "dir-XXXXXX";
    CHECK(mkdtemp(directory) != NULL);
    CHECK_OK(rmdir(directory));
}

ENDING_BEHAVIOUR(a_status_of_zero_is_success) { _exit(0); }

ENDING_BEHAVIOUR(a_status_is_passed_on) { _exit(113); }

ENDING_BEHAVIOUR(output_before_exit_is_not_lost)
{
    say("first");
    fflush(stdout);
    say("second");
    exit(3);
}

ENDING_BEHAVIOUR(an_assertion_that_fails_aborts)
{
    dup2(open("/dev/null", O_WRONLY), 2);
    __assert_fail("expected", "file", 1, "function");
}

ENDING_BEHAVIOUR(a_corrupted_stack_is_found)
{
    extern void __stack_chk_fail(void);
    dup2(open("/dev/null", O_WRONLY), 2);
    __stack_chk_fail();
}

ENDING_BEHAVIOUR(quick_exit_skips_destructors)
{
    atexit(abort);
    quick_exit(9);
}
