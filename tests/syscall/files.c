// Regular files: open, read, write, seek, truncate, allocate.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

BEHAVIOUR(open_of_a_missing_file_fails)
{
    CHECK_ERRNO(open("missing", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("missing/below", O_RDONLY | O_CREAT, 0600), ENOENT);
}

BEHAVIOUR(open_creates_a_file_with_the_mode_less_the_umask)
{
    umask(027);
    CHECK_OK(open("a", O_WRONLY | O_CREAT, 0666));
    struct stat status;
    CHECK_OK(stat("a", &status));
    CHECK_EQ(status.st_mode, S_IFREG | 0640);
    CHECK_EQ(status.st_size, 0);
    CHECK_EQ(status.st_nlink, 1);
}

BEHAVIOUR(open_with_o_excl_refuses_an_existing_file)
{
    open_file_with("a", "text");
    CHECK_ERRNO(open("a", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(open("link", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK(file_contains("a", "text"));
}

BEHAVIOUR(open_through_a_dangling_link_creates_its_target)
{
    CHECK_OK(symlink("target", "link"));
    CHECK_ERRNO(open("link", O_RDWR), ENOENT);
    CHECK_OK(open("link", O_RDWR | O_CREAT, 0600));
    CHECK_OK(access("target", F_OK));
}

BEHAVIOUR(open_with_o_trunc_empties_the_file)
{
    open_file_with("a", "some text");
    CHECK_OK(open("a", O_WRONLY | O_TRUNC));
    CHECK(file_contains("a", ""));
}

BEHAVIOUR(open_of_a_path_through_a_file_fails)
{
    open_file_with("a", "x");
    CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/..", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

BEHAVIOUR(open_of_a_directory_for_writing_fails)
{
    CHECK_OK(mkdir("d", 0755));
    CHECK_ERRNO(open("d", O_WRONLY), EISDIR);
    CHECK_ERRNO(open("d", O_RDWR), EISDIR);
    CHECK_ERRNO(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_ERRNO(open("new/", O_RDONLY | O_CREAT, 0600), EISDIR);
}

BEHAVIOUR(open_with_o_creat_and_o_directory_never_creates_a_file)
{
    errno = 0;
    CHECK(open("new", O_RDONLY | O_CREAT | O_DIRECTORY, 0600) == -1);
    say("errno %d", errno);
    CHECK_ERRNO(access("new", F_OK), ENOENT);
}

BEHAVIOUR(open_with_o_nofollow_refuses_a_link)
{
    open_file_with("a", "x");
    CHECK_OK(symlink("a", "link"));
    CHECK_ERRNO(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_OK(open("a", O_RDONLY | O_NOFOLLOW));
}

BEHAVIOUR(open_of_too_long_a_name_fails)
{
    char name[NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[NAME_MAX + 1] = 0;
    CHECK_ERRNO(open(name, O_RDWR | O_CREAT, 0600), ENAMETOOLONG);
    name[NAME_MAX] = 0;
    CHECK_OK(open(name, O_RDWR | O_CREAT, 0600));
    CHECK_OK(unlink(name));
}

BEHAVIOUR(open_of_too_long_a_path_fails)
{
    static char path[PATH_MAX + 8];
    for (int i = 0; i < PATH_MAX; i += 2)
        memcpy(path + i, "./", 2);
    path[PATH_MAX] = 0;
    CHECK_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
    path[PATH_MAX - 1] = 0;
    CHECK_OK(open(path, O_RDONLY));
}

BEHAVIOUR(open_with_a_bad_path_pointer_fails)
{
    CHECK_ERRNO(open(bad_pointer(), O_RDONLY), EFAULT);
    CHECK_ERRNO(open(kernel_pointer(), O_RDONLY), EFAULT);
    char* page = page_before_a_hole();
    memset(page, 'x', 4096);
    CHECK_ERRNO(open(page + 4000, O_RDONLY), EFAULT);
}

BEHAVIOUR(a_path_may_end_just_before_an_unmapped_page)
{
    open_file_with("name", "x");
    char* page = page_before_a_hole();
    memcpy(page + 4096 - 5, "name", 5);
    CHECK_OK(open(page + 4096 - 5, O_RDONLY));
}

BEHAVIOUR(open_gives_the_lowest_free_descriptor)
{
    int first = open_file_with("a", "");
    int second = dup(first);
    int third = dup(first);
    CHECK(first < second && second < third);
    close(second);
    CHECK_EQ(open("a", O_RDONLY), second);
}

BEHAVIOUR(openat_is_relative_to_its_directory)
{
    CHECK_OK(mkdir("d", 0755));
    int directory = open("d", O_RDONLY | O_DIRECTORY);
    CHECK_OK(openat(directory, "inner", O_RDWR | O_CREAT, 0600));
    CHECK_OK(access("d/inner", F_OK));
    CHECK_OK(openat(-1, "/dev/null", O_RDONLY));
}

BEHAVIOUR(openat_checks_its_directory)
{
    int file = open_file_with("a", "x");
    CHECK_ERRNO(openat(file, "b", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(openat(-1, "b", O_RDONLY), EBADF);
    CHECK_ERRNO(openat(777, "b", O_RDONLY), EBADF);
    CHECK_ERRNO(openat(AT_FDCWD, "b", O_RDONLY), ENOENT);
    CHECK_ERRNO(openat(777, "", O_RDONLY), ENOENT);
}

BEHAVIOUR(o_path_descriptors_name_but_do_not_read)
{
    open_file_with("a", "text");
    int path = open("a", O_PATH);
    CHECK_OK(path);
    char byte;
    CHECK_ERRNO(read(path, &byte, 1), EBADF);
    CHECK_ERRNO(write(path, "x", 1), EBADF);
    CHECK_ERRNO(lseek(path, 0, SEEK_SET), EBADF);
    CHECK_ERRNO(ftruncate(path, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_fchmod, path, 0600), EBADF);
    struct stat status;
    CHECK_OK(fstat(path, &status));
    CHECK_EQ(status.st_size, 4);
    CHECK_EQ(fcntl(path, F_GETFL) & O_PATH, O_PATH);
}

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

BEHAVIOUR(seek_data_and_seek_hole_beyond_the_end_fail)
{
    int file = open_file_with("a", "0123456789");
    CHECK_ERRNO(lseek(file, 10, SEEK_DATA), ENXIO);
    CHECK_ERRNO(lseek(file, 10, SEEK_HOLE), ENXIO);
    CHECK_ERRNO(lseek(file, -1, SEEK_DATA), ENXIO);
}

BEHAVIOUR(seek_data_and_seek_hole_find_a_hole)
{
    int file = open_file_with("a", "");
    CHECK_EQ(pwrite(file, "x", 1, 1 << 20), 1);
    CHECK_EQ(lseek(file, 0, SEEK_HOLE), 0);
    say("data begins at %ld", (long)lseek(file, 0, SEEK_DATA));
    CHECK_EQ(lseek(file, 1 << 20, SEEK_HOLE), (1 << 20) + 1);
}

BEHAVIOUR(a_hole_reads_as_zeros)
{
    int file = open_file_with("a", "begin");
    CHECK_EQ(pwrite(file, "end", 3, 100000), 3);
    char bytes[100];
    memset(bytes, 'x', sizeof bytes);
    CHECK_EQ(pread(file, bytes, sizeof bytes, 50000), 100);
    for (size_t i = 0; i < sizeof bytes; ++i)
        CHECK_EQ(bytes[i], 0);
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK_EQ(status.st_size, 100003);
}

BEHAVIOUR(a_file_may_be_larger_than_4_gib)
{
    int file = open_file_with("a", "");
    const off_t far = 5LL << 30;
    CHECK_EQ(pwrite(file, "far", 3, far), 3);
    CHECK_EQ(lseek(file, 0, SEEK_END), far + 3);
    char text[4] = { 0 };
    CHECK_EQ(pread(file, text, 4, far), 3);
    CHECK(strcmp(text, "far") == 0);
    CHECK_EQ(pread(file, text, 1, 1LL << 30), 1);
    CHECK_EQ(text[0], 0);
}

BEHAVIOUR(ftruncate_shortens_and_extends)
{
    int file = open_file_with("a", "0123456789");
    CHECK_OK(ftruncate(file, 4));
    CHECK(file_contains("a", "0123"));
    CHECK_OK(ftruncate(file, 6));
    char text[8];
    CHECK_EQ(pread(file, text, 8, 0), 6);
    CHECK(memcmp(text, "0123\0\0", 6) == 0);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
}

BEHAVIOUR(truncate_checks_what_it_is_given)
{
    open_file_with("a", "text");
    CHECK_OK(mkdir("d", 0755));
    CHECK_ERRNO(truncate("missing", 0), ENOENT);
    CHECK_ERRNO(truncate("", 0), ENOENT);
    CHECK_ERRNO(truncate("d", 0), EISDIR);
    CHECK_ERRNO(truncate("a/b", 0), ENOTDIR);
    CHECK_ERRNO(truncate("a", -1), EINVAL);
    CHECK_ERRNO(truncate(bad_pointer(), 0), EFAULT);
    CHECK_OK(truncate("a", 2));
    CHECK(file_contains("a", "te"));
}

BEHAVIOUR(ftruncate_checks_what_it_is_given)
{
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(ftruncate(file, -1), EINVAL);
    CHECK_ERRNO(ftruncate(-1, 0), EBADF);
    CHECK_ERRNO(ftruncate(ends[1], 0), EINVAL);
    CHECK_ERRNO(ftruncate(open(".", O_RDONLY), 0), EINVAL);
}

BEHAVIOUR(a_read_after_the_file_shrank_gives_nothing)
{
    int file = open_file_with("a", "0123456789");
    CHECK_EQ(lseek(file, 8, SEEK_SET), 8);
    CHECK_OK(ftruncate(file, 2));
    char byte;
    CHECK_EQ(read(file, &byte, 1), 0);
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_EQ(lseek(file, 0, SEEK_END), 9);
}

BEHAVIOUR(fallocate_extends_or_keeps_the_size)
{
    int file = open_file_with("a", "text");
    SKIP_IF(fallocate(file, 0, 0, 1000) == -1 && errno == EOPNOTSUPP, "the file system has no fallocate");
    CHECK_EQ(lseek(file, 0, SEEK_END), 1000);
    CHECK_OK(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 100000));
    CHECK_EQ(lseek(file, 0, SEEK_END), 1000);
    char text[5] = { 0 };
    CHECK_EQ(pread(file, text, 4, 0), 4);
    CHECK(strcmp(text, "text") == 0);
}

BEHAVIOUR(fallocate_punches_a_hole)
{
    int file = open_file_with("a", "");
    char page[4096];
    memset(page, 'x', sizeof page);
    for (int i = 0; i < 4; ++i)
        CHECK_EQ(write(file, page, sizeof page), 4096);
    int result = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096);
    SKIP_IF(result == -1 && errno == EOPNOTSUPP, "the file system cannot punch holes");
    CHECK_EQ(pread(file, page, 4096, 4096), 4096);
    CHECK_EQ(page[0], 0);
    CHECK_EQ(page[4095], 0);
    CHECK_EQ(pread(file, page, 4096, 8192), 4096);
    CHECK_EQ(page[0], 'x');
    CHECK_EQ(lseek(file, 0, SEEK_END), 16384);
}

BEHAVIOUR(fallocate_checks_what_it_is_given)
{
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(fallocate(file, 0, -1, 10), EINVAL);
    CHECK_ERRNO(fallocate(file, 0, 0, 0), EINVAL);
    CHECK_ERRNO(fallocate(file, 0, 0, -1), EINVAL);
    CHECK_ERRNO(fallocate(-1, 0, 0, 10), EBADF);
    CHECK_ERRNO(fallocate(open("a", O_RDONLY), 0, 0, 10), EBADF);
    CHECK_ERRNO(fallocate(ends[1], 0, 0, 10), ESPIPE);
    CHECK_ERRNO(fallocate(file, 0x4000, 0, 10), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
}

BEHAVIOUR(fsync_and_its_relatives_accept_files_only)
{
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(fsync(file));
    CHECK_OK(fdatasync(file));
    CHECK_OK(syncfs(file));
    CHECK_OK(fsync(open(".", O_RDONLY)));
    CHECK_ERRNO(fsync(ends[0]), EINVAL);
    CHECK_ERRNO(fdatasync(ends[0]), EINVAL);
    CHECK_ERRNO(fsync(-1), EBADF);
    CHECK_ERRNO(fdatasync(-1), EBADF);
    CHECK_ERRNO(syncfs(-1), EBADF);
}

BEHAVIOUR(sync_file_range_checks_its_range)
{
    int file = open_file_with("a", "text");
    CHECK_OK(sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE));
    CHECK_ERRNO(sync_file_range(file, -1, 10, 0), EINVAL);
    CHECK_ERRNO(sync_file_range(file, 0, 10, 0x100), EINVAL);
    CHECK_ERRNO(sync_file_range(-1, 0, 10, 0), EBADF);
}

BEHAVIOUR(posix_fadvise_gives_its_error_as_a_result)
{
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_EQ(posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
    CHECK_EQ(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
    CHECK_EQ(posix_fadvise(file, 0, 0, 77), EINVAL);
    CHECK_EQ(posix_fadvise(file, 0, -1, POSIX_FADV_NORMAL), EINVAL);
    CHECK_EQ(posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL), EBADF);
    CHECK_EQ(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
}

BEHAVIOUR(readahead_checks_its_descriptor)
{
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(readahead(file, 0, 4096));
    CHECK_ERRNO(readahead(-1, 0, 4096), EBADF);
    CHECK_ERRNO(readahead(open("a", O_WRONLY), 0, 4096), EBADF);
    CHECK_ERRNO(readahead(ends[0], 0, 4096), EINVAL);
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

BEHAVIOUR(o_tmpfile_makes_a_file_without_a_name)
{
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    SKIP_IF(file == -1 && errno == EOPNOTSUPP, "the file system has no O_TMPFILE");
    CHECK_OK(file);
    CHECK_EQ(write(file, "text", 4), 4);
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK_EQ(status.st_nlink, 0);
    CHECK_EQ(status.st_mode, S_IFREG | 0600);
    char link_name[64];
    snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", file);
    CHECK_OK(linkat(AT_FDCWD, link_name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    CHECK(file_contains("named", "text"));
}

BEHAVIOUR(o_tmpfile_needs_a_directory_and_write_access)
{
    open_file_with("a", "");
    CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    CHECK_ERRNO(open("a", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
    CHECK_ERRNO(open("missing", O_TMPFILE | O_RDWR, 0600), ENOENT);
}

BEHAVIOUR(readv_scatters_and_writev_gathers)
{
    int file = open_file_with("a", "");
    struct iovec out[3] = { { "one ", 4 }, { NULL, 0 }, { "two", 3 } };
    CHECK_EQ(writev(file, out, 3), 7);
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    char first[3] = { 0 }, second[10] = { 0 };
    struct iovec in[2] = { { first, 2 }, { second, 9 } };
    CHECK_EQ(readv(file, in, 2), 7);
    CHECK(strcmp(first, "on") == 0);
    CHECK(strcmp(second, "e two") == 0);
}

BEHAVIOUR(readv_and_writev_check_their_vectors)
{
    int file = open_file_with("a", "text");
    char text[4];
    struct iovec good = { text, 4 };
    struct iovec negative = { text, (size_t)-1 };
    struct iovec bad = { bad_pointer(), 4 };
    struct iovec overflowing[2] = { { text, SSIZE_MAX }, { text, SSIZE_MAX } };
    CHECK_ERRNO(readv(file, &good, -1), EINVAL);
    CHECK_ERRNO(readv(file, &good, IOV_MAX + 1), EINVAL);
    CHECK_ERRNO(readv(file, &negative, 1), EINVAL);
    CHECK_ERRNO(writev(file, &negative, 1), EINVAL);
    CHECK_ERRNO(readv(file, bad_pointer(), 1), EFAULT);
    CHECK_ERRNO(readv(file, &bad, 1), EFAULT);
    CHECK_ERRNO(writev(file, &bad, 1), EFAULT);
    CHECK_ERRNO(readv(-1, &good, 1), EBADF);
    CHECK_EQ(readv(file, &good, 0), 0);
    CHECK_EQ(writev(file, &good, 0), 0);
    errno = 0;
    say("overflowing total: %zd, errno %d", writev(file, overflowing, 2), errno);
}

BEHAVIOUR(writev_writes_what_precedes_a_bad_vector)
{
    int file = open_file_with("a", "");
    struct iovec vectors[2] = { { "good", 4 }, { bad_pointer(), 4 } };
    CHECK_EQ(writev(file, vectors, 2), 4);
    CHECK(file_contains("a", "good"));
}

BEHAVIOUR(preadv_and_pwritev_leave_the_offset)
{
    int file = open_file_with("a", "0123456789");
    char first[3] = { 0 }, second[3] = { 0 };
    struct iovec in[2] = { { first, 2 }, { second, 2 } };
    CHECK_EQ(preadv(file, in, 2, 3), 4);
    CHECK(strcmp(first, "34") == 0);
    CHECK(strcmp(second, "56") == 0);
    struct iovec out[2] = { { "A", 1 }, { "B", 1 } };
    CHECK_EQ(pwritev(file, out, 2, 8), 2);
    CHECK(file_contains("a", "01234567AB"));
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK_ERRNO(preadv(file, in, 2, -1), EINVAL);
    CHECK_ERRNO(pwritev(file, out, 2, -1), EINVAL);
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

BEHAVIOUR(creat_truncates_and_opens_for_writing_only)
{
    open_file_with("a", "text");
    int file = creat("a", 0600);
    char byte;
    CHECK_OK(file);
    CHECK_ERRNO(read(file, &byte, 1), EBADF);
    CHECK(file_contains("a", ""));
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

BEHAVIOUR(a_text_file_busy_or_not_is_told_by_open)
{
    errno = 0;
    int result = open("/proc/self/exe", O_WRONLY);
    say("result %d errno %d", result < 0 ? -1 : 0, errno);
}

BEHAVIOUR(a_write_whose_end_overflows_is_refused)
{
    int file = open_file_with("a", "");
    CHECK_ERRNO(pwrite(file, "x", 1, LONG_MAX), EINVAL);
    CHECK_EQ(lseek(file, 0, SEEK_END), 0);
}
