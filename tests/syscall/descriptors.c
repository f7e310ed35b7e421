// Descriptors as such: dup, fcntl, ioctl, limits, close.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static bool is_open(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }

BEHAVIOUR(close_of_a_closed_descriptor_fails)
{
    int file = open_file_with("a", "");
    CHECK_OK(close(file));
    CHECK_ERRNO(close(file), EBADF);
    CHECK_ERRNO(close(-1), EBADF);
    CHECK_ERRNO(close(INT_MAX), EBADF);
}

BEHAVIOUR(dup_shares_the_offset_and_the_status_flags)
{
    int file = open_file_with("a", "0123456789");
    int copy = dup(file);
    CHECK_EQ(lseek(copy, 4, SEEK_SET), 4);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 4);
    CHECK_OK(fcntl(copy, F_SETFL, O_APPEND));
    CHECK_EQ(fcntl(file, F_GETFL) & O_APPEND, O_APPEND);
    CHECK_OK(close(file));
    char byte;
    CHECK_EQ(read(copy, &byte, 1), 1);
    CHECK_EQ(byte, '4');
}

BEHAVIOUR(dup_does_not_copy_close_on_exec)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(dup(file), F_GETFD), 0);
}

BEHAVIOUR(dup2_replaces_its_target)
{
    int one = open_file_with("a", "first");
    int two = open_file_with("b", "second");
    CHECK_EQ(dup2(one, two), two);
    char text[8] = { 0 };
    CHECK_EQ(pread(two, text, 7, 0), 5);
    CHECK(strcmp(text, "first") == 0);
}

BEHAVIOUR(dup2_onto_itself_changes_nothing)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK_EQ(dup2(file, file), file);
    CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(dup2(50, 50), EBADF);
}

BEHAVIOUR(dup2_checks_its_numbers)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_ERRNO(dup2(-1, 10), EBADF);
    CHECK_ERRNO(dup2(50, 10), EBADF);
    CHECK_ERRNO(dup2(file, -1), EBADF);
    CHECK_ERRNO(dup2(file, INT_MAX), EBADF);
    CHECK_ERRNO(dup(-1), EBADF);
    CHECK(!is_open(10));
}

BEHAVIOUR(dup2_leaves_the_target_open_when_the_source_is_bad)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_ERRNO(dup2(50, file), EBADF);
    CHECK(is_open(file));
}

BEHAVIOUR(dup3_refuses_equal_numbers_and_unknown_flags)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_ERRNO(dup3(file, file, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_dup3, file, 20, O_APPEND), EINVAL);
    CHECK_ERRNO(dup3(50, 20, 0), EBADF);
    CHECK_EQ(dup3(file, 20, O_CLOEXEC), 20);
    CHECK_EQ(fcntl(20, F_GETFD), FD_CLOEXEC);
}

BEHAVIOUR(f_dupfd_takes_the_lowest_number_not_below_its_argument)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_EQ(fcntl(file, F_DUPFD, 30), 30);
    CHECK_EQ(fcntl(file, F_DUPFD, 30), 31);
    CHECK_EQ(fcntl(file, F_DUPFD_CLOEXEC, 40), 40);
    CHECK_EQ(fcntl(40, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(30, F_GETFD), 0);
    CHECK_ERRNO(fcntl(file, F_DUPFD, -1), EINVAL);
    CHECK_ERRNO(fcntl(file, F_DUPFD, INT_MAX), EINVAL);
    CHECK_ERRNO(fcntl(50, F_DUPFD, 0), EBADF);
}

BEHAVIOUR(fcntl_sets_and_gets_close_on_exec)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_EQ(fcntl(file, F_GETFD), 0);
    CHECK_OK(fcntl(file, F_SETFD, FD_CLOEXEC));
    CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
    CHECK_OK(fcntl(file, F_SETFD, 0));
    CHECK_EQ(fcntl(file, F_GETFD), 0);
}

BEHAVIOUR(fcntl_gets_the_access_mode_and_flags_of_open)
{
    const int kept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_CREAT | O_TRUNC | O_EXCL | O_DIRECTORY;
    CHECK_EQ(fcntl(open("/dev/null", O_RDONLY), F_GETFL) & kept, O_RDONLY);
    CHECK_EQ(fcntl(open("/dev/null", O_WRONLY), F_GETFL) & kept, O_WRONLY);
    CHECK_EQ(fcntl(open("a", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600), F_GETFL) & kept, O_RDWR | O_APPEND);
    CHECK_EQ(fcntl(open(".", O_RDONLY | O_DIRECTORY | O_NONBLOCK), F_GETFL) & kept, O_DIRECTORY | O_NONBLOCK);
    CHECK_EQ(fcntl(open("a", O_RDONLY), F_GETFL) & 0100000, 0100000);
}

BEHAVIOUR(fcntl_cannot_change_the_access_mode)
{
    open_file_with("a", "text");
    int file = open("a", O_RDONLY);
    CHECK_OK(fcntl(file, F_SETFL, O_RDWR | O_NONBLOCK));
    CHECK_EQ(fcntl(file, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY | O_NONBLOCK);
    CHECK_ERRNO(write(file, "x", 1), EBADF);
}

BEHAVIOUR(fcntl_refuses_unknown_commands_and_bad_descriptors)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_ERRNO(fcntl(file, 999), EINVAL);
    CHECK_ERRNO(fcntl(-1, F_GETFL), EBADF);
    CHECK_ERRNO(fcntl(50, F_GETFD), EBADF);
    CHECK_ERRNO(fcntl(50, 999), EBADF);
}

BEHAVIOUR(close_range_closes_a_range)
{
    int file = open("/dev/null", O_RDONLY);
    for (int number = 20; number < 26; ++number)
        CHECK_EQ(dup2(file, number), number);
    CHECK_OK(syscall(SYS_close_range, 21, 23, 0));
    CHECK(is_open(20) && !is_open(21) && !is_open(22) && !is_open(23) && is_open(24));
    CHECK_OK(syscall(SYS_close_range, 24, 500, 4));
    CHECK_EQ(fcntl(24, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(25, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(syscall(SYS_close_range, 10, 9, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_close_range, 20, 25, 0x100), EINVAL);
    CHECK(is_open(20));
}

BEHAVIOUR(the_descriptor_limit_gives_emfile)
{
    struct rlimit before, low = { 16, 16 };
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &before));
    low.rlim_max = before.rlim_max;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &low));
    int last = -1, next;
    while ((next = open("/dev/null", O_RDONLY)) != -1)
        last = next;
    int code = errno;
    int ends[2];
    int pipe_result = pipe(ends), pipe_code = errno;
    int dup_result = dup(0), dup_code = errno;
    int dup2_result = dup2(0, 16), dup2_code = errno;
    int limited_result = fcntl(0, F_DUPFD, 16), limited_code = errno;
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &before));
    CHECK_EQ(last, 15);
    CHECK_EQ(code, EMFILE);
    CHECK(pipe_result == -1 && pipe_code == EMFILE);
    CHECK(dup_result == -1 && dup_code == EMFILE);
    CHECK(dup2_result == -1 && dup2_code == EBADF);
    CHECK(limited_result == -1 && limited_code == EINVAL);
}

BEHAVIOUR(a_failed_pipe_leaves_no_descriptor_behind)
{
    struct rlimit before;
    CHECK_OK(getrlimit(RLIMIT_NOFILE, &before));
    int first = dup(0);
    struct rlimit low = { (rlim_t)first + 2, before.rlim_max };
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &low));
    int ends[2] = { -7, -7 };
    int result = pipe(ends), code = errno;
    int next = dup(0);
    CHECK_OK(setrlimit(RLIMIT_NOFILE, &before));
    CHECK(result == -1 && (code == EMFILE || next != -1));
    CHECK_EQ(next, first + 1);
    CHECK_EQ(ends[0], -7);
}

BEHAVIOUR(fionread_counts_what_can_be_read)
{
    int ends[2], count = -1;
    CHECK_OK(pipe(ends));
    CHECK_OK(ioctl(ends[0], FIONREAD, &count));
    CHECK_EQ(count, 0);
    CHECK_EQ(write(ends[1], "12345", 5), 5);
    CHECK_OK(ioctl(ends[0], FIONREAD, &count));
    CHECK_EQ(count, 5);
    int file = open_file_with("a", "0123456789");
    CHECK_EQ(lseek(file, 3, SEEK_SET), 3);
    CHECK_OK(ioctl(file, FIONREAD, &count));
    CHECK_EQ(count, 7);
    CHECK_ERRNO(ioctl(ends[0], FIONREAD, bad_pointer()), EFAULT);
}

BEHAVIOUR(fionbio_sets_and_clears_nonblocking)
{
    int ends[2], on = 1, off = 0;
    CHECK_OK(pipe(ends));
    CHECK_OK(ioctl(ends[0], FIONBIO, &on));
    CHECK_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    char byte;
    CHECK_ERRNO(read(ends[0], &byte, 1), EAGAIN);
    CHECK_OK(ioctl(ends[0], FIONBIO, &off));
    CHECK_EQ(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    CHECK_ERRNO(ioctl(ends[0], FIONBIO, bad_pointer()), EFAULT);
}

BEHAVIOUR(fioclex_and_fionclex_change_close_on_exec)
{
    int file = open("/dev/null", O_RDONLY);
    CHECK_OK(ioctl(file, FIOCLEX));
    CHECK_EQ(fcntl(file, F_GETFD), FD_CLOEXEC);
    CHECK_OK(ioctl(file, FIONCLEX));
    CHECK_EQ(fcntl(file, F_GETFD), 0);
}

BEHAVIOUR(terminal_requests_on_other_files_give_enotty)
{
    struct winsize size;
    int file = open_file_with("a", "text");
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(ioctl(file, TIOCGWINSZ, &size), ENOTTY);
    CHECK_ERRNO(ioctl(ends[0], TIOCGWINSZ, &size), ENOTTY);
    CHECK_ERRNO(ioctl(open("/dev/null", O_RDWR), TIOCGWINSZ, &size), ENOTTY);
    CHECK_ERRNO(ioctl(open(".", O_RDONLY), TIOCGWINSZ, &size), ENOTTY);
    CHECK_ERRNO(ioctl(file, 0xdead, &size), ENOTTY);
    CHECK_ERRNO(ioctl(-1, TIOCGWINSZ, &size), EBADF);
    errno = 0;
    CHECK_EQ(isatty(file), 0);
    CHECK_EQ(errno, ENOTTY);
}

BEHAVIOUR(nonblocking_reaches_every_copy_of_a_descriptor)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    int copy = dup(ends[0]);
    CHECK_OK(fcntl(ends[0], F_SETFL, O_NONBLOCK));
    char byte;
    CHECK_ERRNO(read(copy, &byte, 1), EAGAIN);
}

BEHAVIOUR(hundreds_of_descriptors_can_be_open)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    for (int i = 0; i < 600; ++i)
        CHECK_EQ(fcntl(ends[1], F_DUPFD, 100), 100 + i);
    for (int i = 0; i < 600; ++i)
        CHECK_OK(close(100 + i));
    CHECK_ERRNO(close(100), EBADF);
}
