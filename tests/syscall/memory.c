// Anonymous memory: mmap, munmap, brk.
#include "tests/support/behaviour.h"
#include "tests/support/faults.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

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
