// Transfers that meet a page that cannot be touched: what comes before it counts.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ROOM 100

// The last ROOM bytes that can be touched.
static char* edge(void) { return page_before_a_hole() + 4096 - ROOM; }

static int large_file(const char* name)
{
    static char bytes[10000];
    memset(bytes, 'x', sizeof bytes);
    int number = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    return write(number, bytes, sizeof bytes) == sizeof bytes && lseek(number, 0, SEEK_SET) == 0 ? number : -1;
}

BEHAVIOUR(read_of_a_file_ends_at_a_fault)
{
    int number = large_file("read");
    char* bytes = edge();
    CHECK_EQ(read(number, bytes, 1000), ROOM);
    CHECK_EQ(bytes[ROOM - 1], 'x');
    CHECK_EQ(lseek(number, 0, SEEK_CUR), ROOM);
    CHECK_ERRNO(read(number, bytes + ROOM, 1000), EFAULT);
    CHECK_EQ(lseek(number, 0, SEEK_CUR), ROOM);
}

BEHAVIOUR(pread_of_a_file_ends_at_a_fault)
{
    int number = large_file("pread");
    CHECK_EQ(pread(number, edge(), 5000, 50), ROOM);
    CHECK_ERRNO(pread(number, edge() + ROOM, 5000, 50), EFAULT);
}

BEHAVIOUR(readv_of_a_file_ends_at_a_fault)
{
    int number = large_file("readv");
    char first[10];
    struct iovec vector[] = { { first, sizeof first }, { edge(), 1000 }, { first, sizeof first } };
    CHECK_EQ(readv(number, vector, 3), ROOM + 10);
}

BEHAVIOUR(write_of_a_file_ends_at_a_fault)
{
    int number = open("write", O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct stat status;
    CHECK_EQ(write(number, edge(), 1000), ROOM);
    CHECK_OK(fstat(number, &status));
    CHECK_EQ(status.st_size, ROOM);
}

BEHAVIOUR(write_of_a_memory_file_ends_at_a_fault)
{
    int number = memfd_create("partial", 0);
    struct stat status;
    char first[5000];
    memset(first, 'f', sizeof first);
    struct iovec vector[] = { { first, sizeof first }, { edge(), 1000 } };
    CHECK_EQ(writev(number, vector, 2), sizeof first + ROOM);
    CHECK_OK(fstat(number, &status));
    CHECK_EQ(status.st_size, sizeof first + ROOM);
    CHECK_ERRNO(write(number, edge() + ROOM, 10), EFAULT);
}

BEHAVIOUR(read_of_dev_zero_ends_at_a_fault)
{
    int number = open("/dev/zero", O_RDONLY);
    char* bytes = edge();
    bytes[ROOM - 1] = 'x';
    CHECK_EQ(read(number, bytes, 1000), ROOM);
    CHECK_EQ(bytes[ROOM - 1], 0);
}

BEHAVIOUR(getrandom_ends_at_a_fault)
{
    CHECK_EQ(getrandom(edge(), 1000, 0), ROOM);
    CHECK_ERRNO(getrandom(edge() + ROOM, 1000, 0), EFAULT);
}

BEHAVIOUR(write_to_a_pipe_keeps_the_pages_before_a_fault)
{
    int ends[2];
    static char bytes[65536];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    char* memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 'p', 4 * 4096);
    CHECK_OK(mprotect(memory + 3 * 4096, 4096, PROT_NONE));
    CHECK_EQ(write(ends[1], memory, 4 * 4096), 3 * 4096);
    CHECK_EQ(read(ends[0], bytes, sizeof bytes), 3 * 4096);
    CHECK_ERRNO(write(ends[1], memory + 3 * 4096, 4096), EFAULT);
    CHECK_ERRNO(read(ends[0], bytes, sizeof bytes), EAGAIN);
}

BEHAVIOUR(pwritev2_appends_wherever_the_end_is)
{
    int numbers[] = { open_file_with("appended", "start"), memfd_create("appended", 0) };
    CHECK_EQ(write(numbers[1], "start", 5), 5);
    struct iovec two = { "xy", 2 };
    char text[16] = { 0 };
    for (int i = 0; i < 2; ++i) {
        CHECK_EQ(lseek(numbers[i], 1, SEEK_SET), 1);
        CHECK_EQ(pwritev2(numbers[i], &two, 1, 0, RWF_APPEND), 2);
        CHECK_EQ(lseek(numbers[i], 0, SEEK_CUR), 1);
        CHECK_EQ(pwritev2(numbers[i], &two, 1, -1, RWF_APPEND), 2);
        CHECK_EQ(lseek(numbers[i], 0, SEEK_CUR), 9);
        CHECK_EQ(pread(numbers[i], text, 15, 0), 9);
        CHECK(strcmp(text, "startxyxy") == 0);
        CHECK_ERRNO(pwritev2(numbers[i], &two, 1, -2, RWF_APPEND), EINVAL);
    }
}

BEHAVIOUR(pwritev2_flags_mean_nothing_to_a_pipe)
{
    int ends[2];
    struct iovec two = { "xy", 2 };
    CHECK_OK(pipe(ends));
    CHECK_EQ(pwritev2(ends[1], &two, 1, -1, RWF_APPEND | RWF_SYNC), 2);
    CHECK_ERRNO(pwritev2(ends[1], &two, 1, 0, RWF_APPEND), ESPIPE);
    CHECK_ERRNO(pwritev2(ends[0], &two, 1, -1, RWF_APPEND), EBADF);
}

BEHAVIOUR(read_of_a_memory_file_ends_at_a_fault)
{
    int number = memfd_create("partial", 0);
    char* bytes = edge();
    CHECK_EQ(write(number, "0123456789", 10), 10);
    CHECK_OK(ftruncate(number, 9000)); // the rest is a hole
    CHECK_EQ(pread(number, bytes + ROOM - 4, 100, 2), 4);
    CHECK(memcmp(bytes + ROOM - 4, "2345", 4) == 0);
    CHECK_EQ(pread(number, bytes, 5000, 4096), ROOM);
    CHECK_EQ(lseek(number, 0, SEEK_SET), 0);
    CHECK_EQ(read(number, bytes, 9000), ROOM);
    CHECK_EQ(lseek(number, 0, SEEK_CUR), ROOM);
    CHECK_ERRNO(read(number, bytes + ROOM, 1), EFAULT);
}

BEHAVIOUR(nothing_is_touched_for_nothing)
{
    CHECK_EQ(select(0, bad_pointer(), bad_pointer(), bad_pointer(), &(struct timeval) { 0 }), 0);
    close(open_file_with("bare", "text"));
    CHECK_EQ(listxattr("bare", bad_pointer(), 100), 0);
}

BEHAVIOUR(a_negative_size_is_no_size)
{
    int ends[2], file = open_file_with("sized", "text");
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(splice(file, NULL, ends[1], NULL, (size_t)-1, 0), EINVAL);
    CHECK_ERRNO(sendfile(ends[1], file, NULL, (size_t)-1), EINVAL);
    CHECK_ERRNO(sendfile(ends[1], open(".", O_RDONLY), NULL, 1), EINVAL);
}

BEHAVIOUR(record_locks_are_checked_before_the_access_mode)
{
    close(open_file_with("locked", "text"));
    int number = open("locked", O_RDONLY);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = 3 };
    CHECK_ERRNO(fcntl(number, F_SETLK, &lock), EINVAL);
    lock.l_whence = SEEK_SET;
    CHECK_ERRNO(fcntl(number, F_SETLK, &lock), EBADF);
    lock.l_type = 7;
    CHECK_ERRNO(fcntl(number, F_SETLK, &lock), EINVAL);
    lock.l_type = F_RDLCK;
    lock.l_pid = 1;
    CHECK_ERRNO(fcntl(number, F_OFD_SETLK, &lock), EINVAL);
    CHECK_OK(fcntl(number, F_SETLK, &lock));
}
