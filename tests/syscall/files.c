// Reading and writing regular files.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

BEHAVIOUR(read_and_write_move_the_offset)
{
    int file = open_file_with("a", "");
    CHECK_EQ(write(file, "hello world", 11), 11);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 11);
    CHECK_EQ(lseek(file, 6, SEEK_SET), 6);
    char text[16] = { 0 };
    CHECK_EQ(read(file, text, sizeof text), 5);
    CHECK(strcmp(text, "world") == 0);
    CHECK_EQ(read(file, text, sizeof text), 0);
}

BEHAVIOUR(read_checks_its_descriptor_before_its_buffer)
{
    int write_only = open("a", O_WRONLY | O_CREAT, 0600);
    char byte;
    CHECK_ERRNO(read(-1, &byte, 1), EBADF);
    CHECK_ERRNO(read(777, bad_pointer(), 1), EBADF);
    CHECK_ERRNO(read(write_only, &byte, 1), EBADF);
    CHECK_ERRNO(read(write_only, &byte, 0), EBADF);
    int directory = open(".", O_RDONLY);
    CHECK_ERRNO(read(directory, &byte, 1), EISDIR);
}

BEHAVIOUR(write_to_a_read_only_descriptor_fails)
{
    open_file_with("a", "text");
    int file = open("a", O_RDONLY);
    CHECK_ERRNO(write(file, "x", 1), EBADF);
    CHECK_ERRNO(pwrite(file, "x", 1, 0), EBADF);
    CHECK_ERRNO(ftruncate(file, 0), EINVAL);
    CHECK_ERRNO(write(-1, "x", 1), EBADF);
}

BEHAVIOUR(read_into_a_bad_buffer_fails)
{
    int file = open_file_with("a", "text");
    CHECK_ERRNO(read(file, bad_pointer(), 4), EFAULT);
    CHECK_ERRNO(read(file, kernel_pointer(), 4), EFAULT);
    CHECK_ERRNO(pread(file, bad_pointer(), 4, 0), EFAULT);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK_EQ(read(file, bad_pointer(), 0), 0);
}

BEHAVIOUR(write_from_a_bad_buffer_fails)
{
    int file = open_file_with("a", "");
    CHECK_ERRNO(write(file, bad_pointer(), 4), EFAULT);
    CHECK_ERRNO(write(file, kernel_pointer(), 4), EFAULT);
    CHECK_ERRNO(pwrite(file, bad_pointer(), 4, 0), EFAULT);
    CHECK_EQ(lseek(file, 0, SEEK_END), 0);
    CHECK_EQ(write(file, bad_pointer(), 0), 0);
}

BEHAVIOUR(read_into_read_only_memory_fails)
{
    int file = open_file_with("a", "text");
    static const char constant[4096] __attribute__((aligned(4096))) = "constant";
    CHECK_ERRNO(read(file, (void*)constant, 4), EFAULT);
    CHECK_EQ(constant[0], 'c');
}

BEHAVIOUR(read_up_to_the_end_of_mapped_memory_works)
{
    int file = open_file_with("a", "0123456789");
    char* page = page_before_a_hole();
    CHECK_EQ(read(file, page + 4096 - 10, 10), 10);
    CHECK(memcmp(page + 4096 - 10, "0123456789", 10) == 0);
    CHECK_EQ(pwrite(file, page + 4096 - 10, 10, 0), 10);
}

BEHAVIOUR(pread_and_pwrite_leave_the_offset)
{
    int file = open_file_with("a", "0123456789");
    char text[4] = { 0 };
    CHECK_EQ(pread(file, text, 3, 4), 3);
    CHECK(strcmp(text, "456") == 0);
    CHECK_EQ(pwrite(file, "XY", 2, 8), 2);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK(file_contains("a", "01234567XY"));
    CHECK_EQ(pread(file, text, 3, 100), 0);
}

BEHAVIOUR(pread_and_pwrite_refuse_negative_offsets)
{
    int file = open_file_with("a", "text");
    char byte;
    CHECK_ERRNO(pread(file, &byte, 1, -1), EINVAL);
    CHECK_ERRNO(pwrite(file, &byte, 1, -1), EINVAL);
    CHECK_ERRNO(pread(-1, &byte, 1, 0), EBADF);
    CHECK_ERRNO(pread(-1, &byte, 1, -1), EINVAL);
}

BEHAVIOUR(pread_on_a_pipe_fails)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    char byte;
    CHECK_ERRNO(pread(ends[0], &byte, 1, 0), ESPIPE);
    CHECK_ERRNO(pwrite(ends[1], &byte, 1, 0), ESPIPE);
    CHECK_ERRNO(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
}

BEHAVIOUR(o_append_writes_at_the_end)
{
    open_file_with("a", "begin");
    int file = open("a", O_RDWR | O_APPEND);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK_EQ(write(file, "-more", 5), 5);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 10);
    CHECK_EQ(lseek(file, 2, SEEK_SET), 2);
    CHECK_EQ(write(file, "!", 1), 1);
    CHECK(file_contains("a", "begin-more!"));
}

BEHAVIOUR(pwrite_on_an_appending_descriptor_appends)
{
    open_file_with("a", "begin");
    int file = open("a", O_RDWR | O_APPEND);
    CHECK_EQ(pwrite(file, "X", 1, 0), 1);
    CHECK(file_contains("a", "beginX"));
}

BEHAVIOUR(two_appending_descriptors_do_not_overwrite_each_other)
{
    int one = open("a", O_WRONLY | O_APPEND | O_CREAT, 0600);
    int two = open("a", O_WRONLY | O_APPEND);
    CHECK_EQ(write(one, "1", 1), 1);
    CHECK_EQ(write(two, "2", 1), 1);
    CHECK_EQ(write(one, "3", 1), 1);
    CHECK(file_contains("a", "123"));
}

BEHAVIOUR(lseek_has_five_origins)
{
    int file = open_file_with("a", "0123456789");
    CHECK_EQ(lseek(file, -3, SEEK_END), 7);
    CHECK_EQ(lseek(file, -2, SEEK_CUR), 5);
    CHECK_EQ(lseek(file, 100, SEEK_SET), 100);
    CHECK_EQ(lseek(file, 0, SEEK_DATA), 0);
    CHECK_EQ(lseek(file, 0, SEEK_HOLE), 10);
}

BEHAVIOUR(lseek_refuses_bad_origins_and_negative_results)
{
    int file = open_file_with("a", "0123456789");
    CHECK_ERRNO(lseek(file, -1, SEEK_SET), EINVAL);
    CHECK_ERRNO(lseek(file, -11, SEEK_END), EINVAL);
    CHECK_ERRNO(lseek(file, 0, 5), EINVAL);
    CHECK_ERRNO(lseek(file, 0, -1), EINVAL);
    CHECK_ERRNO(lseek(-1, 0, SEEK_SET), EBADF);
    CHECK_ERRNO(lseek(file, LONG_MAX, SEEK_END), EINVAL);
}

BEHAVIOUR(fionread_tells_what_is_left_of_a_file)
{
    const int files[] = { open_file_with("a", "0123456789"), memfd_create("m", 0) };
    CHECK_EQ(write(files[1], "0123456789", 10), 10);
    for (size_t i = 0; i < COUNT_OF(files); ++i) {
        int left = 77;
        CHECK_EQ(lseek(files[i], 4, SEEK_SET), 4);
        CHECK_OK(ioctl(files[i], FIONREAD, &left));
        CHECK_EQ(left, 6);
        CHECK_EQ(lseek(files[i], 14, SEEK_SET), 14);
        CHECK_OK(ioctl(files[i], FIONREAD, &left));
        CHECK_EQ(left, -4);
        CHECK_ERRNO(ioctl(files[i], FIONREAD, bad_pointer()), EFAULT);
    }
}

BEHAVIOUR(an_unlinked_file_lives_until_it_is_closed)
{
    int file = open_file_with("a", "text");
    CHECK_OK(unlink("a"));
    CHECK_ERRNO(access("a", F_OK), ENOENT);
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK_EQ(status.st_nlink, 0);
    CHECK_EQ(write(file, "more", 4), 4);
    char text[5] = { 0 };
    CHECK_EQ(pread(file, text, 4, 0), 4);
    CHECK(strcmp(text, "more") == 0);
}

BEHAVIOUR(a_write_of_many_megabytes_is_complete)
{
    const size_t size = 8 << 20;
    char* bytes = malloc(size);
    for (size_t i = 0; i < size; ++i)
        bytes[i] = (char)(i * 7 + (i >> 12));
    int file = open_file_with("a", "");
    CHECK_EQ(write(file, bytes, size), (long)size);
    char* again = calloc(1, size);
    CHECK_EQ(pread(file, again, size, 0), (long)size);
    CHECK(memcmp(bytes, again, size) == 0);
    free(bytes);
    free(again);
}

BEHAVIOUR(file_descriptors_of_two_opens_have_their_own_offsets)
{
    int one = open_file_with("a", "0123456789");
    int two = open("a", O_RDONLY);
    int copy = dup(one);
    CHECK_EQ(lseek(one, 5, SEEK_SET), 5);
    CHECK_EQ(lseek(two, 0, SEEK_CUR), 0);
    CHECK_EQ(lseek(copy, 0, SEEK_CUR), 5);
}

BEHAVIOUR(a_write_whose_end_overflows_is_refused)
{
    int file = open_file_with("a", "");
    CHECK_ERRNO(pwrite(file, "x", 1, LONG_MAX), EINVAL);
    CHECK_EQ(lseek(file, 0, SEEK_END), 0);
}
