// The size of files and where their data lies: truncate, fallocate, holes, syncing.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
