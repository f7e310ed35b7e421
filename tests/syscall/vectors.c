// Reading and writing with vectors.
#include "tests/support/behaviour.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

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

BEHAVIOUR(no_transfer_ends_behind_the_largest_offset)
{
    char bytes[8] = { 0 };
    int fd = open_file_with("bytes", "0123456789");
    struct iovec vector = { bytes, 8 };
    CHECK_ERRNO(pread(fd, bytes, 8, INT64_MAX - 7), EINVAL);
    CHECK_ERRNO(pwrite(fd, bytes, 8, INT64_MAX - 7), EINVAL);
    CHECK_ERRNO(preadv(fd, &vector, 1, INT64_MAX - 7), EINVAL);
    CHECK_EQ(pread(fd, bytes, 8, INT64_MAX - 8), 0);
}

BEHAVIOUR(no_pieces_need_no_vector)
{
    int fd = open_file_with("bytes", "0123456789");
    CHECK_EQ(readv(fd, bad_pointer(), 0), 0);
    CHECK_EQ(writev(fd, bad_pointer(), 0), 0);
}
