// Memory: mmap, mprotect, mremap, madvise, mincore, brk, mappings of files, memfd.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum { kPage = 4096, kReadWrite = PROT_READ | PROT_WRITE, kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS };

static sigjmp_buf after_the_fault;
static volatile sig_atomic_t fault_signal, fault_code;
static void* volatile fault_address;

static void remember_fault(int number, siginfo_t* information, void* context)
{
    (void)context;
    fault_signal = number;
    fault_code = information->si_code;
    fault_address = information->si_addr;
    siglongjmp(after_the_fault, 1);
}

static void catch_faults(void)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO, .sa_sigaction = remember_fault };
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

// The signal that reading or writing a byte raises, or 0.
static int signal_of_read(const volatile char* address)
{
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        (void)*address;
    return fault_signal;
}

static int signal_of_write(volatile char* address)
{
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        *address = 'w';
    return fault_signal;
}

static char* map_pages(size_t count) { return mmap(NULL, count * kPage, kReadWrite, kAnonymous, -1, 0); }

BEHAVIOUR(anonymous_memory_is_zero_and_page_aligned)
{
    char* memory = map_pages(16);
    CHECK(memory != MAP_FAILED);
    CHECK_EQ((uintptr_t)memory % kPage, 0);
    for (size_t i = 0; i < 16 * kPage; ++i)
        CHECK_EQ(memory[i], 0);
    memory[16 * kPage - 1] = 1;
    CHECK_OK(munmap(memory, 16 * kPage));
}

BEHAVIOUR(mmap_refuses_bad_sizes_and_flags)
{
    CHECK_ERRNO(mmap(NULL, 0, kReadWrite, kAnonymous, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, kPage, kReadWrite, MAP_ANONYMOUS, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(NULL, (size_t)-1, kReadWrite, kAnonymous, -1, 0), ENOMEM);
    CHECK_ERRNO(mmap(NULL, (size_t)1 << 62, kReadWrite, kAnonymous, -1, 0), ENOMEM);
    CHECK_ERRNO(mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, -1, 0), EBADF);
    CHECK_ERRNO(mmap((void*)(uintptr_t)123, kPage, kReadWrite, kAnonymous | MAP_FIXED, -1, 0), EINVAL);
    CHECK_ERRNO(mmap(kernel_pointer(), kPage, kReadWrite, kAnonymous | MAP_FIXED, -1, 0), ENOMEM);
}

BEHAVIOUR(mmap_ignores_the_descriptor_of_anonymous_memory)
{
    CHECK(mmap(NULL, kPage, kReadWrite, kAnonymous, 777, 0) != MAP_FAILED);
}

BEHAVIOUR(mmap_takes_a_free_hint_and_leaves_a_busy_one)
{
    char* memory = map_pages(4);
    CHECK_OK(munmap(memory, 4 * kPage));
    char* again = mmap(memory, 4 * kPage, kReadWrite, kAnonymous, -1, 0);
    CHECK(again == memory);
    char* other = mmap(memory, 4 * kPage, kReadWrite, kAnonymous, -1, 0);
    CHECK(other != MAP_FAILED && other != memory);
}

BEHAVIOUR(map_fixed_replaces_what_was_there)
{
    char* memory = map_pages(3);
    memset(memory, 'x', 3 * kPage);
    CHECK(mmap(memory + kPage, kPage, kReadWrite, kAnonymous | MAP_FIXED, -1, 0) == memory + kPage);
    CHECK_EQ(memory[kPage - 1], 'x');
    CHECK_EQ(memory[kPage], 0);
    CHECK_EQ(memory[2 * kPage - 1], 0);
    CHECK_EQ(memory[2 * kPage], 'x');
}

BEHAVIOUR(map_fixed_noreplace_refuses_what_is_mapped)
{
    char* memory = map_pages(2);
    memory[0] = 'x';
    CHECK_ERRNO(mmap(memory, kPage, kReadWrite, kAnonymous | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK_EQ(memory[0], 'x');
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mmap(memory, 2 * kPage, kReadWrite, kAnonymous | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    char* free_page = memory + kPage;
    CHECK(mmap(free_page, kPage, kReadWrite, kAnonymous | MAP_FIXED_NOREPLACE, -1, 0) == free_page);
}

BEHAVIOUR(munmap_of_the_middle_keeps_both_sides)
{
    catch_faults();
    char* memory = map_pages(3);
    memory[0] = memory[2 * kPage] = 'x';
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_EQ(signal_of_read(memory + kPage), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_MAPERR);
    CHECK(fault_address == memory + kPage);
    CHECK_EQ(memory[0], 'x');
    CHECK_EQ(memory[2 * kPage], 'x');
}

BEHAVIOUR(munmap_accepts_what_is_not_mapped_and_rounds_up)
{
    catch_faults();
    char* memory = map_pages(2);
    CHECK_OK(munmap(memory, kPage + 1));
    CHECK_OK(munmap(memory, 2 * kPage));
    CHECK_EQ(signal_of_read(memory + kPage), SIGSEGV);
    CHECK_ERRNO(munmap(memory + 1, kPage), EINVAL);
    CHECK_ERRNO(munmap(memory, 0), EINVAL);
    CHECK_ERRNO(munmap(kernel_pointer(), kPage), EINVAL);
}

BEHAVIOUR(protection_faults_are_told_with_their_address)
{
    catch_faults();
    char* memory = map_pages(1);
    memory[100] = 'x';
    CHECK_OK(mprotect(memory, kPage, PROT_READ));
    CHECK_EQ(signal_of_read(memory + 100), 0);
    CHECK_EQ(signal_of_write(memory + 123), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK(fault_address == memory + 123);
    CHECK_OK(mprotect(memory, kPage, PROT_NONE));
    CHECK_EQ(signal_of_read(memory + 7), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK_OK(mprotect(memory, kPage, kReadWrite));
    CHECK_EQ(memory[100], 'x');
    CHECK_EQ(signal_of_write(memory + 100), 0);
}

BEHAVIOUR(a_null_dereference_is_told_with_its_address)
{
    catch_faults();
    CHECK_EQ(signal_of_read(bad_pointer()), SIGSEGV);
    CHECK_EQ(fault_code, SEGV_MAPERR);
    CHECK(fault_address == bad_pointer());
}

BEHAVIOUR(mprotect_splits_a_mapping)
{
    catch_faults();
    char* memory = map_pages(5);
    memset(memory, 'x', 5 * kPage);
    CHECK_OK(mprotect(memory + kPage, kPage, PROT_READ));
    CHECK_OK(mprotect(memory + 3 * kPage, kPage, PROT_NONE));
    CHECK_EQ(signal_of_write(memory), 0);
    CHECK_EQ(signal_of_write(memory + kPage), SIGSEGV);
    CHECK_EQ(signal_of_write(memory + 2 * kPage), 0);
    CHECK_EQ(signal_of_read(memory + 3 * kPage), SIGSEGV);
    CHECK_EQ(signal_of_write(memory + 4 * kPage), 0);
}

BEHAVIOUR(mprotect_checks_what_it_is_given)
{
    char* memory = map_pages(3);
    CHECK_ERRNO(syscall(SYS_mprotect, memory + 1, kPage, PROT_READ), EINVAL);
    CHECK_ERRNO(mprotect(memory, kPage, 0x1000), EINVAL);
    CHECK_OK(mprotect(memory, 0, PROT_READ));
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mprotect(memory, 3 * kPage, PROT_READ), ENOMEM);
    CHECK_ERRNO(mprotect(memory + kPage, kPage, PROT_READ), ENOMEM);
    CHECK_ERRNO(mprotect(memory, (size_t)-1 & ~4095UL, PROT_READ), ENOMEM);
}

BEHAVIOUR(mprotect_changes_pages_before_a_hole)
{
    catch_faults();
    char* memory = map_pages(3);
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mprotect(memory, 3 * kPage, PROT_READ), ENOMEM);
    say("the page before the hole: %d", signal_of_write(memory));
    say("the page after the hole: %d", signal_of_write(memory + 2 * kPage));
}

BEHAVIOUR(code_written_to_memory_can_be_run)
{
    static const unsigned char code[] = { 0xb8, 0x2a, 0, 0, 0, 0xc3 }; // mov $42, %eax; ret
    char* memory = map_pages(1);
    memcpy(memory, code, sizeof code);
    CHECK_OK(mprotect(memory, kPage, PROT_READ | PROT_EXEC));
    CHECK_EQ(((int (*)(void))(uintptr_t)memory)(), 42);
}

BEHAVIOUR(a_raw_system_call_in_fresh_code_works)
{
    static const unsigned char code[] = { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, 0xc3 }; // mov $39, %eax; syscall; ret
    char* memory = mmap(NULL, kPage, kReadWrite | PROT_EXEC, kAnonymous, -1, 0);
    CHECK(memory != MAP_FAILED);
    memcpy(memory, code, sizeof code);
    CHECK_EQ(((int (*)(void))(uintptr_t)memory)(), getpid());
}

BEHAVIOUR(data_cannot_be_run)
{
    catch_faults();
    char* memory = map_pages(1);
    memory[0] = (char)0xc3;
    fault_signal = 0;
    if (sigsetjmp(after_the_fault, 1) == 0)
        ((void (*)(void))(uintptr_t)memory)();
    CHECK_EQ(fault_signal, SIGSEGV);
    CHECK_EQ(fault_code, SEGV_ACCERR);
    CHECK(fault_address == memory);
}

BEHAVIOUR(mremap_shrinks_in_place)
{
    catch_faults();
    char* memory = map_pages(4);
    memory[0] = 'x';
    CHECK(mremap(memory, 4 * kPage, kPage, 0) == memory);
    CHECK_EQ(memory[0], 'x');
    CHECK_EQ(signal_of_read(memory + kPage), SIGSEGV);
}

BEHAVIOUR(mremap_grows_and_keeps_the_contents)
{
    char* memory = map_pages(2);
    memset(memory, 'x', 2 * kPage);
    char* grown = mremap(memory, 2 * kPage, 64 * kPage, MREMAP_MAYMOVE);
    CHECK(grown != MAP_FAILED);
    CHECK_EQ(grown[0], 'x');
    CHECK_EQ(grown[2 * kPage - 1], 'x');
    CHECK_EQ(grown[2 * kPage], 0);
    CHECK_EQ(grown[64 * kPage - 1], 0);
}

BEHAVIOUR(mremap_without_maymove_fails_if_there_is_no_room)
{
    char* memory = map_pages(3);
    CHECK(mmap(memory + kPage, kPage, PROT_NONE, kAnonymous | MAP_FIXED, -1, 0) == memory + kPage);
    CHECK_ERRNO(mremap(memory, kPage, 2 * kPage, 0), ENOMEM);
}

BEHAVIOUR(mremap_moves_to_a_fixed_address)
{
    catch_faults();
    char* memory = map_pages(2);
    char* target = map_pages(4);
    memory[kPage] = 'x';
    target[3 * kPage] = 'y';
    CHECK(mremap(memory, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    CHECK_EQ(target[kPage], 'x');
    CHECK_EQ(target[3 * kPage], 'y');
    CHECK_EQ(signal_of_read(memory), SIGSEGV);
}

BEHAVIOUR(mremap_checks_what_it_is_given)
{
    char* memory = map_pages(4);
    CHECK_ERRNO(mremap(memory + 1, kPage, kPage, 0), EINVAL);
    CHECK_ERRNO(mremap(memory, kPage, 0, 0), EINVAL);
    CHECK_ERRNO(mremap(memory, kPage, kPage, 0x100), EINVAL);
    CHECK_ERRNO(mremap(memory, kPage, kPage, MREMAP_FIXED, memory + 2 * kPage), EINVAL);
    CHECK_ERRNO(mremap(memory, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, memory + kPage), EINVAL);
    CHECK_ERRNO(mremap(memory, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, memory + kPage + 1), EINVAL);
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mremap(memory + kPage, kPage, 2 * kPage, MREMAP_MAYMOVE), EFAULT);
    CHECK_ERRNO(mremap(memory, 3 * kPage, 8 * kPage, MREMAP_MAYMOVE), EFAULT);
}

BEHAVIOUR(mremap_of_size_zero_copies_a_shared_mapping)
{
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char* twin = mremap(memory, 0, kPage, MREMAP_MAYMOVE);
    CHECK(twin != MAP_FAILED && twin != memory);
    twin[5] = 'x';
    CHECK_EQ(memory[5], 'x');
}

BEHAVIOUR(mremap_dontunmap_leaves_an_empty_mapping)
{
    char* memory = map_pages(2);
    memory[0] = 'x';
    char* moved = mremap(memory, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    CHECK(moved != MAP_FAILED && moved != memory);
    CHECK_EQ(moved[0], 'x');
    CHECK_EQ(memory[0], 0);
}

BEHAVIOUR(madvise_dontneed_gives_zeros_again)
{
    char* memory = map_pages(3);
    memset(memory, 'x', 3 * kPage);
    CHECK_OK(madvise(memory + kPage, kPage, MADV_DONTNEED));
    CHECK_EQ(memory[kPage - 1], 'x');
    CHECK_EQ(memory[kPage], 0);
    CHECK_EQ(memory[2 * kPage - 1], 0);
    CHECK_EQ(memory[2 * kPage], 'x');
}

BEHAVIOUR(madvise_dontneed_of_a_private_file_mapping_reads_the_file_again)
{
    int file = open_file_with("a", "original");
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, file, 0);
    memcpy(memory, "changed!", 8);
    CHECK_OK(madvise(memory, kPage, MADV_DONTNEED));
    CHECK(memcmp(memory, "original", 8) == 0);
}

BEHAVIOUR(madvise_checks_what_it_is_given)
{
    char* memory = map_pages(3);
    CHECK_OK(madvise(memory, kPage, MADV_NORMAL));
    CHECK_OK(madvise(memory, kPage, MADV_WILLNEED));
    CHECK_OK(madvise(memory, kPage, MADV_FREE));
    CHECK_OK(madvise(memory, 0, MADV_DONTNEED));
    CHECK_ERRNO(madvise(memory + 1, kPage, MADV_DONTNEED), EINVAL);
    CHECK_ERRNO(madvise(memory, kPage, 12345), EINVAL);
    CHECK_OK(munmap(memory + kPage, kPage));
    memory[2 * kPage] = 'x';
    CHECK_ERRNO(madvise(memory, 3 * kPage, MADV_DONTNEED), ENOMEM);
    CHECK_EQ(memory[2 * kPage], 0);
    CHECK_ERRNO(madvise(memory + kPage, kPage, MADV_NORMAL), ENOMEM);
}

BEHAVIOUR(mincore_tells_touched_pages)
{
    char* memory = map_pages(4);
    unsigned char resident[4] = { 9, 9, 9, 9 };
    memory[0] = memory[2 * kPage] = 1;
    CHECK_OK(mincore(memory, 4 * kPage, resident));
    CHECK_EQ(resident[0] & 1, 1);
    CHECK_EQ(resident[2] & 1, 1);
}

BEHAVIOUR(mincore_checks_what_it_is_given)
{
    char* memory = map_pages(3);
    unsigned char resident[4];
    CHECK_ERRNO(mincore(memory + 1, kPage, resident), EINVAL);
    CHECK_ERRNO(mincore(memory, kPage, bad_pointer()), EFAULT);
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mincore(memory, 3 * kPage, resident), ENOMEM);
}

BEHAVIOUR(brk_grows_and_shrinks)
{
    uintptr_t before = (uintptr_t)syscall(SYS_brk, 0);
    uintptr_t grown = (uintptr_t)syscall(SYS_brk, before + 10 * kPage);
    CHECK_EQ(grown, before + 10 * kPage);
    char* memory = (char*)((before + kPage - 1) / kPage * kPage);
    CHECK_EQ(memory[kPage], 0);
    memset(memory, 'x', 8 * kPage);
    CHECK_EQ(syscall(SYS_brk, before), (long)before);
    CHECK_EQ(syscall(SYS_brk, before + 10 * kPage), (long)(before + 10 * kPage));
    CHECK_EQ(memory[kPage], 0);
    CHECK_EQ(syscall(SYS_brk, before), (long)before);
}

BEHAVIOUR(brk_to_an_impossible_address_changes_nothing)
{
    long before = syscall(SYS_brk, 0);
    CHECK_EQ(syscall(SYS_brk, 1), before);
    CHECK_EQ(syscall(SYS_brk, -1L), before);
    CHECK_EQ(syscall(SYS_brk, 0), before);
}

BEHAVIOUR(a_private_file_mapping_does_not_change_the_file)
{
    int file = open_file_with("a", "original");
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, file, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_OK(close(file));
    CHECK(strcmp(memory, "original") == 0);
    memcpy(memory, "changed!", 8);
    CHECK(file_contains("a", "original"));
}

BEHAVIOUR(a_shared_file_mapping_changes_the_file)
{
    int file = open_file_with("a", "original");
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    memcpy(memory, "changed!", 8);
    CHECK_OK(msync(memory, kPage, MS_SYNC));
    CHECK(file_contains("a", "changed!"));
    CHECK_OK(munmap(memory, kPage));
    CHECK(file_contains("a", "changed!"));
}

BEHAVIOUR(a_shared_file_mapping_reaches_the_file_without_msync)
{
    int file = open_file_with("a", "original");
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    memcpy(memory, "changed!", 8);
    CHECK_OK(munmap(memory, kPage));
    CHECK(file_contains("a", "changed!"));
}

BEHAVIOUR(a_shared_file_mapping_sees_writes_to_the_file)
{
    int file = open_file_with("a", "original");
    char* memory = mmap(NULL, kPage, PROT_READ, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_EQ(pwrite(file, "written!", 8, 0), 8);
    CHECK(memcmp(memory, "written!", 8) == 0);
}

BEHAVIOUR(two_shared_mappings_of_a_file_are_one_memory)
{
    int file = open_file_with("a", "original");
    char* one = mmap(NULL, kPage, kReadWrite, MAP_SHARED, file, 0);
    char* two = mmap(NULL, kPage, PROT_READ, MAP_SHARED, open("a", O_RDWR), 0);
    CHECK(one != MAP_FAILED && two != MAP_FAILED);
    one[0] = 'O';
    CHECK_EQ(two[0], 'O');
}

BEHAVIOUR(the_rest_of_the_last_mapped_page_is_zero)
{
    int file = open_file_with("a", "text");
    char* memory = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, file, 0);
    for (int i = 4; i < kPage; ++i)
        CHECK_EQ(memory[i], 0);
}

BEHAVIOUR(a_page_beyond_the_end_of_the_file_raises_sigbus)
{
    catch_faults();
    int file = open_file_with("a", "text");
    char* memory = mmap(NULL, 2 * kPage, PROT_READ, MAP_SHARED, file, 0);
    CHECK_EQ(signal_of_read(memory + 10), 0);
    CHECK_EQ(signal_of_read(memory + kPage), SIGBUS);
    CHECK_EQ(fault_code, BUS_ADRERR);
    CHECK(fault_address == memory + kPage);
}

BEHAVIOUR(a_private_page_beyond_the_end_of_the_file_raises_sigbus)
{
    catch_faults();
    int file = open_file_with("a", "text");
    char* memory = mmap(NULL, 2 * kPage, kReadWrite, MAP_PRIVATE, file, 0);
    CHECK_EQ(signal_of_write(memory + kPage), SIGBUS);
}

BEHAVIOUR(a_mapping_may_begin_within_the_file)
{
    int file = open_file_with("a", "");
    char page[kPage];
    for (int i = 0; i < 4; ++i) {
        memset(page, 'a' + i, sizeof page);
        CHECK_EQ(write(file, page, kPage), kPage);
    }
    char* memory = mmap(NULL, 2 * kPage, PROT_READ, MAP_PRIVATE, file, 2 * kPage);
    CHECK(memory != MAP_FAILED);
    CHECK_EQ(memory[0], 'c');
    CHECK_EQ(memory[kPage], 'd');
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, file, 100), EINVAL);
}

BEHAVIOUR(file_mappings_need_the_right_access_mode)
{
    open_file_with("a", "text");
    int reader = open("a", O_RDONLY), writer = open("a", O_WRONLY);
    CHECK_ERRNO(mmap(NULL, kPage, kReadWrite, MAP_SHARED, reader, 0), EACCES);
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
    CHECK_ERRNO(mmap(NULL, kPage, PROT_WRITE, MAP_SHARED, writer, 0), EACCES);
    CHECK(mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, reader, 0) != MAP_FAILED);
    char* shared = mmap(NULL, kPage, PROT_READ, MAP_SHARED, reader, 0);
    CHECK(shared != MAP_FAILED);
    CHECK_ERRNO(mprotect(shared, kPage, kReadWrite), EACCES);
}

BEHAVIOUR(only_some_files_can_be_mapped)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0), ENODEV);
    char* zeros = mmap(NULL, kPage, kReadWrite, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0);
    CHECK(zeros != MAP_FAILED);
    CHECK_EQ(zeros[0], 0);
    zeros[0] = 1;
}

BEHAVIOUR(msync_checks_what_it_is_given)
{
    char* memory = map_pages(2);
    CHECK_OK(msync(memory, kPage, MS_SYNC));
    CHECK_OK(msync(memory, kPage, MS_ASYNC));
    CHECK_ERRNO(msync(memory, kPage, MS_SYNC | MS_ASYNC), EINVAL);
    CHECK_ERRNO(msync(memory, kPage, 0x100), EINVAL);
    CHECK_ERRNO(msync(memory + 1, kPage, MS_SYNC), EINVAL);
    CHECK_OK(munmap(memory, 2 * kPage));
    CHECK_ERRNO(msync(memory, kPage, MS_SYNC), ENOMEM);
}

static void* write_to_shared(void* memory)
{
    ((char*)memory)[7] = 't';
    return NULL;
}

BEHAVIOUR(shared_anonymous_memory_is_seen_by_threads)
{
    char* memory = mmap(NULL, kPage, kReadWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, write_to_shared, memory), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(memory[7], 't');
}

BEHAVIOUR(memfd_is_a_file_in_memory)
{
    int file = memfd_create("name", MFD_CLOEXEC);
    CHECK_OK(file);
    CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(write(file, "text", 4), 4);
    CHECK_OK(ftruncate(file, 2 * kPage));
    char* memory = mmap(NULL, 2 * kPage, kReadWrite, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(strcmp(memory, "text") == 0);
    memory[kPage] = 'x';
    char byte;
    CHECK_EQ(pread(file, &byte, 1, kPage), 1);
    CHECK_EQ(byte, 'x');
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK_EQ(status.st_size, 2 * kPage);
    CHECK(S_ISREG(status.st_mode));
    char link[64], path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    ssize_t size = readlink(path, link, sizeof link - 1);
    CHECK_OK(size);
    link[size] = 0;
    say("link %s", link);
}

BEHAVIOUR(memfd_create_checks_what_it_is_given)
{
    char name[300];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    CHECK_ERRNO(memfd_create(name, 0), EINVAL);
    name[249] = 0;
    CHECK_OK(memfd_create(name, 0));
    CHECK_ERRNO(memfd_create("name", 0x1000), EINVAL);
    CHECK_ERRNO(memfd_create(bad_pointer(), 0), EFAULT);
}

BEHAVIOUR(memfd_seals_are_kept)
{
#ifdef F_ADD_SEALS
    int file = memfd_create("name", MFD_ALLOW_SEALING);
    CHECK_EQ(write(file, "text", 4), 4);
    CHECK_EQ(fcntl(file, F_GET_SEALS), 0);
    CHECK_OK(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    CHECK_ERRNO(ftruncate(file, 1), EPERM);
    CHECK_ERRNO(ftruncate(file, 100), EPERM);
    CHECK_EQ(pwrite(file, "T", 1, 0), 1);
    CHECK_OK(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
    CHECK_ERRNO(pwrite(file, "T", 1, 0), EPERM);
    CHECK_ERRNO(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    CHECK_EQ(fcntl(memfd_create("plain", 0), F_GET_SEALS), F_SEAL_SEAL);
#endif
}

BEHAVIOUR(two_gib_of_sparse_memory_cost_nothing)
{
    const size_t size = (size_t)2 << 30;
    char* memory = mmap(NULL, size, kReadWrite, kAnonymous | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    for (size_t offset = 0; offset < size; offset += size / 64)
        memory[offset] = 'x';
    CHECK_EQ(memory[size / 64], 'x');
    CHECK_EQ(memory[size - 1], 0);
    CHECK_OK(munmap(memory, size));
}

BEHAVIOUR(prot_none_memory_can_be_reserved_and_opened_later)
{
    const size_t size = (size_t)16 << 30;
    char* memory = mmap(NULL, size, PROT_NONE, kAnonymous | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_OK(mprotect(memory + size / 2, kPage, kReadWrite));
    memory[size / 2] = 'x';
    CHECK_EQ(memory[size / 2], 'x');
    CHECK_OK(munmap(memory, size));
}

BEHAVIOUR(thousands_of_mappings_can_come_and_go)
{
    enum { kCount = 1000 };
    static char* pages[kCount];
    for (int i = 0; i < kCount; ++i) {
        pages[i] = mmap(NULL, kPage, i % 2 ? kReadWrite : PROT_READ, kAnonymous, -1, 0);
        CHECK(pages[i] != MAP_FAILED);
    }
    for (int i = 0; i < kCount; i += 3)
        CHECK_OK(munmap(pages[i], kPage));
    for (int i = 1; i < kCount; i += 6)
        pages[i][0] = 'x';
    for (int i = 0; i < kCount; ++i)
        CHECK_OK(munmap(pages[i], kPage));
}

BEHAVIOUR(malloc_of_many_sizes_works_with_threads_gone)
{
    for (size_t size = 1; size < (size_t)64 << 20; size *= 3) {
        char* block = malloc(size);
        CHECK(block != NULL);
        memset(block, 'x', size);
        free(block);
    }
}

BEHAVIOUR(map_populate_and_map_stack_are_accepted)
{
    char* memory = mmap(NULL, 4 * kPage, kReadWrite, kAnonymous | MAP_POPULATE, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_EQ(memory[3 * kPage], 0);
    CHECK(mmap(NULL, 4 * kPage, kReadWrite, kAnonymous | MAP_STACK | MAP_NORESERVE, -1, 0) != MAP_FAILED);
}

BEHAVIOUR(map_shared_validate_refuses_unknown_flags)
{
    int file = open_file_with("a", "text");
    CHECK(mmap(NULL, kPage, PROT_READ, 3 /* MAP_SHARED_VALIDATE */, file, 0) != MAP_FAILED);
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, 3 | 0x2000000, file, 0), EOPNOTSUPP);
}

BEHAVIOUR(mlock_checks_what_it_is_given)
{
    char* memory = map_pages(2);
    CHECK_OK(mlock(memory, kPage));
    CHECK_OK(munlock(memory, kPage));
    CHECK_OK(munmap(memory + kPage, kPage));
    CHECK_ERRNO(mlock(memory, 2 * kPage), ENOMEM);
    CHECK_ERRNO(munlock(memory + kPage, kPage), ENOMEM);
    CHECK_ERRNO(mlockall(0x100), EINVAL);
    CHECK_ERRNO(mlockall(0), EINVAL);
    CHECK_OK(munlockall());
}

// Grows the stack one page at a time, so that each step faults in one page below the last.
static int __attribute__((noinline)) use_stack(int pages)
{
    volatile char page[kPage];
    page[0] = (char)pages;
    return pages ? use_stack(pages - 1) + page[0] : page[0];
}

BEHAVIOUR(the_stack_grows_to_several_megabytes)
{
    int sum = use_stack(1500);
    say("sum %d", sum);
}

BEHAVIOUR(write_from_memory_that_was_unmapped_fails)
{
    char* memory = map_pages(1);
    int file = open_file_with("a", "");
    CHECK_EQ(write(file, memory, 10), 10);
    CHECK_OK(munmap(memory, kPage));
    CHECK_ERRNO(write(file, memory, 10), EFAULT);
    char* none = mmap(NULL, kPage, PROT_NONE, kAnonymous, -1, 0);
    CHECK_ERRNO(write(file, none, 10), EFAULT);
}

BEHAVIOUR(system_calls_reach_untouched_pages)
{
    char* memory = map_pages(64);
    int file = open_file_with("a", "text");
    CHECK_EQ(pread(file, memory + 33 * kPage - 2, 4, 0), 4);
    CHECK(memcmp(memory + 33 * kPage - 2, "text", 4) == 0);
    CHECK_EQ(write(file, memory + 40 * kPage, 3 * kPage), 3 * kPage);
}
