// Mappings of files: private, shared, beyond the end, and files in memory.
#include "tests/support/behaviour.h"
#include "tests/support/faults.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

BEHAVIOUR(map_shared_validate_refuses_unknown_flags)
{
    int file = open_file_with("a", "text");
    CHECK(mmap(NULL, kPage, PROT_READ, 3 /* MAP_SHARED_VALIDATE */, file, 0) != MAP_FAILED);
    CHECK_ERRNO(mmap(NULL, kPage, PROT_READ, 3 | 0x2000000, file, 0), EOPNOTSUPP);
}

static char* map_shared(int file, size_t pages) { return mmap(NULL, pages * kPage, kReadWrite, MAP_SHARED, file, 0); }

static void* count_up(void* counter)
{
    for (int i = 0; i < 1000; ++i)
        __atomic_fetch_add((int*)counter, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

BEHAVIOUR(threads_count_together_through_two_mappings)
{
    int file = open_file_with("a", "");
    CHECK_OK(ftruncate(file, kPage));
    char *one = map_shared(file, 1), *two = map_shared(file, 1);
    pthread_t threads[2];
    CHECK_EQ(pthread_create(&threads[0], NULL, count_up, one), 0);
    CHECK_EQ(pthread_create(&threads[1], NULL, count_up, two), 0);
    for (int i = 0; i < 2; ++i)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(*(int*)one, 2000);
    CHECK_EQ(*(int*)two, 2000);
}

BEHAVIOUR(reads_and_writes_go_by_what_is_mapped)
{
    int file = open_file_with("a", "original");
    char* memory = map_shared(file, 1);
    memcpy(memory, "changed!", 8);
    char text[8];
    CHECK_EQ(pread(file, text, 8, 0), 8);
    CHECK(memcmp(text, "changed!", 8) == 0);
    CHECK_EQ(pwrite(file, "C", 1, 0), 1);
    CHECK(memcmp(memory, "Changed!", 8) == 0);
}

BEHAVIOUR(a_truncated_file_takes_its_pages_away)
{
    catch_faults();
    int file = open_file_with("a", "");
    CHECK_OK(ftruncate(file, 2 * kPage));
    char* memory = map_shared(file, 2);
    memset(memory, 'x', 2 * kPage);
    CHECK_OK(ftruncate(file, 100));
    CHECK_EQ(memory[99], 'x');
    CHECK_EQ(memory[100], 0);
    CHECK_EQ(signal_of_read(memory + kPage), SIGBUS);
    CHECK_OK(ftruncate(file, 2 * kPage));
    CHECK_EQ(memory[kPage], 0);
}

BEHAVIOUR(a_mapping_may_be_larger_than_memory)
{
    const size_t size = (size_t)64 << 30;
    int file = open_file_with("a", "begin");
    CHECK_OK(ftruncate(file, (off_t)size));
    CHECK_EQ(pwrite(file, "end", 3, (off_t)size - 3), 3);
    char* memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(memcmp(memory, "begin", 5) == 0);
    CHECK(memcmp(memory + size - 3, "end", 3) == 0);
    int out = open("b", O_RDWR | O_CREAT, 0600);
    CHECK_EQ(write(out, memory + size / 2 - 3, 6), 6);
}

BEHAVIOUR(system_calls_fill_and_read_mapped_pages_that_nobody_touched)
{
    int file = open_file_with("a", "name");
    CHECK_OK(ftruncate(file, 2 * kPage));
    char* memory = map_shared(file, 2);
    struct stat* status = (struct stat*)(memory + kPage);
    CHECK_ERRNO(access(memory, F_OK), ENOENT);
    CHECK_OK(fstat(file, status));
    CHECK_EQ(status->st_size, 2 * kPage);
    CHECK_EQ(pread(file, memory + kPage, 4, 0), 4);
    CHECK(memcmp(memory + kPage, "name", 4) == 0);
}

BEHAVIOUR(what_replaces_a_shared_mapping_leaves_the_file_as_it_was_stored)
{
    int file = open_file_with("a", "original");
    char* memory = map_shared(file, 1);
    memcpy(memory, "changed!", 8);
    CHECK(mmap(memory, kPage, kReadWrite, kAnonymous | MAP_FIXED, -1, 0) == memory);
    CHECK(file_contains("a", "changed!"));
}

// Far more than there is memory: only what is used may cost anything.
BEHAVIOUR(a_huge_sparse_file_can_be_mapped_in_any_way)
{
    const size_t size = 256UL << 30, middle = size / 2;
    int file = memfd_create("sparse", 0);
    CHECK_OK(ftruncate(file, (off_t)size));
    CHECK_EQ(pwrite(file, "text", 4, (off_t)middle), 4);
    const int protections[] = { PROT_READ, PROT_READ | PROT_EXEC, PROT_NONE };
    for (size_t i = 0; i < COUNT_OF(protections); ++i) {
        for (int kind = MAP_SHARED; kind <= MAP_PRIVATE; ++kind) {
            char* memory = mmap(NULL, size, protections[i], kind | MAP_NORESERVE, file, 0);
            CHECK(memory != MAP_FAILED);
            CHECK_OK(mprotect(memory + middle, kPage, PROT_READ));
            CHECK(memcmp(memory + middle, "text", 5) == 0);
            CHECK_OK(madvise(memory, size, MADV_DONTNEED));
            CHECK_OK(munmap(memory, size));
        }
    }
    char* grown = mmap(NULL, kPage, PROT_READ, MAP_PRIVATE, file, 0);
    CHECK(grown != MAP_FAILED);
    grown = mremap(grown, kPage, size, MREMAP_MAYMOVE);
    CHECK(grown != MAP_FAILED);
    CHECK(memcmp(grown + middle, "text", 5) == 0);
    CHECK_OK(munmap(grown, size));
}
