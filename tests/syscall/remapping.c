// Changing what is mapped: mremap, madvise, mincore, mlock.
#include "tests/support/behaviour.h"
#include "tests/support/faults.h"

#include <string.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

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
