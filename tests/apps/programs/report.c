/* Prints what the kernel and the C library gave the program at its start; built once for each kind of ELF file. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static __thread int thread_local_value = 42;
static __thread char thread_local_zero[64];
static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 7; }

static void say_goodbye(void) { puts("atexit ran"); }

static int is_zero(const char* bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return 0;
    }
    return 1;
}

int main(int argc, char** argv, char** environment)
{
    atexit(say_goodbye);
    for (int i = 1; i < argc; i++)
        printf("argument %d: %s\n", i, argv[i]);
    printf("argv ends with NULL: %d\n", argv[argc] == NULL);

    int count = 0;
    while (environment[count] != NULL)
        count++;
    printf("environment: %d strings, FARL_REPORT=%s\n", count, getenv("FARL_REPORT"));

    char directory[4096];
    printf("directory: %s\n", getcwd(directory, sizeof directory));
    printf("page size %lu, clock ticks %lu, program headers of %lu bytes\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK),
        getauxval(AT_PHENT));
    const Elf64_Phdr* headers = (const Elf64_Phdr*)getauxval(AT_PHDR);
    printf("program headers readable: %d\n", headers != NULL && headers[0].p_type != 0);
    printf("entry: %d, random: %d, secure: %lu\n", getauxval(AT_ENTRY) != 0, getauxval(AT_RANDOM) != 0,
        getauxval(AT_SECURE));
    printf("interpreter: %d\n", getauxval(AT_BASE) != 0);
    printf("stack aligned: %d\n", ((unsigned long)__builtin_frame_address(0) & 15) == 0);
    printf("thread-local: %d %d, constructed: %d\n", thread_local_value,
        is_zero(thread_local_zero, sizeof thread_local_zero), constructed);

    errno = 0;
    close(-1);
    printf("errno: %s\n", strerror(errno));
    printf("%.3f %s\n", 1.0 / 3, strchr("floating point", 'p'));

    char* big = malloc(3 << 20);
    memset(big, 1, 3 << 20);
    printf("heap: %d\n", big[(3 << 20) - 1]);
    free(big);
    return argc;
}
