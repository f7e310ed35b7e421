// Pipes and FIFOs.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile sig_atomic_t broken_pipes;

static void count_broken_pipe(int number)
{
    (void)number;
    ++broken_pipes;
}

BEHAVIOUR(a_pipe_carries_bytes_in_order)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_EQ(ends[1], ends[0] + 1);
    CHECK_EQ(write(ends[1], "hello ", 6), 6);
    CHECK_EQ(write(ends[1], "world", 5), 5);
    char text[16] = { 0 };
    CHECK_EQ(read(ends[0], text, 4), 4);
    CHECK_EQ(read(ends[0], text + 4, 12), 7);
    CHECK(strcmp(text, "hello world") == 0);
}

BEHAVIOUR(the_ends_of_a_pipe_have_one_direction)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    char byte;
    CHECK_ERRNO(read(ends[1], &byte, 1), EBADF);
    CHECK_ERRNO(write(ends[0], "x", 1), EBADF);
    CHECK_EQ(fcntl(ends[0], F_GETFL), O_RDONLY);
    CHECK_EQ(fcntl(ends[1], F_GETFL), O_WRONLY);
}

BEHAVIOUR(read_of_a_pipe_without_writers_gives_the_end)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_EQ(write(ends[1], "rest", 4), 4);
    CHECK_OK(close(ends[1]));
    char text[8];
    CHECK_EQ(read(ends[0], text, 8), 4);
    CHECK_EQ(read(ends[0], text, 8), 0);
    CHECK_EQ(read(ends[0], text, 8), 0);
}

BEHAVIOUR(write_to_a_pipe_without_readers_raises_sigpipe)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(close(ends[0]));
    broken_pipes = 0;
    signal(SIGPIPE, count_broken_pipe);
    CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
    CHECK_EQ(broken_pipes, 1);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
    struct iovec vector = { "x", 1 };
    CHECK_ERRNO(writev(ends[1], &vector, 1), EPIPE);
    CHECK_EQ(write(ends[1], "", 0), 0);
}

BEHAVIOUR(a_nonblocking_read_of_an_empty_pipe_fails)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    char byte;
    CHECK_ERRNO(read(ends[0], &byte, 1), EAGAIN);
    CHECK_EQ(read(ends[0], &byte, 0), 0);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(read(ends[0], &byte, 1), 0);
}

BEHAVIOUR(a_nonblocking_write_fills_the_pipe_then_fails)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    int capacity = fcntl(ends[1], F_GETPIPE_SZ);
    CHECK_EQ(capacity, 65536);
    static char block[4096];
    long total = 0;
    ssize_t count;
    while ((count = write(ends[1], block, sizeof block)) > 0)
        total += count;
    CHECK_EQ(errno, EAGAIN);
    CHECK_EQ(total, capacity);
    CHECK_EQ(read(ends[0], block, sizeof block), 4096);
    CHECK_EQ(write(ends[1], block, sizeof block), 4096);
}

BEHAVIOUR(a_large_nonblocking_write_is_partial)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    char* bytes = calloc(1, 100000);
    CHECK_EQ(write(ends[1], bytes, 100000), 65536);
    CHECK_ERRNO(write(ends[1], bytes, 100000), EAGAIN);
    free(bytes);
}

BEHAVIOUR(a_small_nonblocking_write_is_all_or_nothing)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    static char block[65536];
    CHECK_EQ(write(ends[1], block, 65536), 65536);
    CHECK_EQ(read(ends[0], block, 100), 100);
    CHECK_ERRNO(write(ends[1], block, 4096), EAGAIN);
    CHECK_EQ(read(ends[0], block, 3996), 3996);
    CHECK_EQ(write(ends[1], block, 4096), 4096);
}

BEHAVIOUR(f_setpipe_sz_rounds_up_and_refuses_to_lose_data)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    CHECK_EQ(fcntl(ends[1], F_SETPIPE_SZ, 5000), 8192);
    CHECK_EQ(fcntl(ends[0], F_GETPIPE_SZ), 8192);
    static char block[8192];
    CHECK_EQ(write(ends[1], block, 8192), 8192);
    CHECK_ERRNO(fcntl(ends[1], F_SETPIPE_SZ, 4096), EBUSY);
    int file = open_file_with("a", "");
    CHECK_ERRNO(fcntl(file, F_GETPIPE_SZ), EBADF);
}

BEHAVIOUR(pipe2_checks_its_flags_and_pointer)
{
    int ends[2];
    CHECK_ERRNO(pipe2(ends, O_APPEND), EINVAL);
    CHECK_ERRNO(pipe2(ends, 0x40000000), EINVAL);
    CHECK_ERRNO(pipe(bad_pointer()), EFAULT);
    CHECK_OK(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(ends[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

BEHAVIOUR(a_failed_pipe_call_keeps_no_descriptors)
{
    int before = dup(0);
    CHECK_OK(close(before));
    CHECK_ERRNO(pipe(bad_pointer()), EFAULT);
    CHECK_EQ(dup(0), before);
}

static void* write_later(void* end)
{
    sleep_ms(30);
    EXPECT(write(*(int*)end, "late", 4) == 4);
    return NULL;
}

BEHAVIOUR(a_blocked_read_wakes_when_something_is_written)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, write_later, &ends[1]), 0);
    char text[8] = { 0 };
    CHECK_EQ(read(ends[0], text, 8), 4);
    CHECK(strcmp(text, "late") == 0);
    CHECK_EQ(pthread_join(writer, NULL), 0);
}

static void* close_later(void* end)
{
    sleep_ms(30);
    EXPECT(close(*(int*)end) == 0);
    return NULL;
}

BEHAVIOUR(a_blocked_read_wakes_when_the_last_writer_closes)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    pthread_t closer;
    CHECK_EQ(pthread_create(&closer, NULL, close_later, &ends[1]), 0);
    char byte;
    CHECK_EQ(read(ends[0], &byte, 1), 0);
    CHECK_EQ(pthread_join(closer, NULL), 0);
}

BEHAVIOUR(a_blocked_write_fails_when_the_last_reader_closes)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    signal(SIGPIPE, SIG_IGN);
    static char block[65536];
    CHECK_EQ(write(ends[1], block, sizeof block), 65536);
    pthread_t closer;
    CHECK_EQ(pthread_create(&closer, NULL, close_later, &ends[0]), 0);
    CHECK_ERRNO(write(ends[1], "x", 1), EPIPE);
    CHECK_EQ(pthread_join(closer, NULL), 0);
}

static void* drain(void* end)
{
    static char block[7001];
    long total = 0;
    ssize_t count;
    while ((count = read(*(int*)end, block, sizeof block)) > 0) {
        for (ssize_t i = 0; i < count; ++i)
            EXPECT((unsigned char)block[i] == (unsigned char)((total + i) % 251));
        total += count;
    }
    return (void*)total;
}

BEHAVIOUR(a_blocking_write_larger_than_the_pipe_is_complete)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    pthread_t reader;
    CHECK_EQ(pthread_create(&reader, NULL, drain, &ends[0]), 0);
    const long size = 1000000;
    unsigned char* bytes = malloc(size);
    for (long i = 0; i < size; ++i)
        bytes[i] = (unsigned char)(i % 251);
    CHECK_EQ(write(ends[1], bytes, size), size);
    CHECK_OK(close(ends[1]));
    void* total = NULL;
    CHECK_EQ(pthread_join(reader, &total), 0);
    CHECK_EQ(total, size);
    free(bytes);
}

enum { kWriters = 4, kRecords = 200, kRecordSize = 512 };

static void* write_records(void* argument)
{
    int* ends = argument;
    static int next_letter;
    char record[kRecordSize];
    memset(record, 'A' + __atomic_fetch_add(&next_letter, 1, __ATOMIC_SEQ_CST) % 26, sizeof record);
    for (int i = 0; i < kRecords; ++i)
        EXPECT(write(ends[1], record, sizeof record) == kRecordSize);
    return NULL;
}

BEHAVIOUR(small_writes_of_several_threads_do_not_mix)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    pthread_t writers[kWriters];
    for (int i = 0; i < kWriters; ++i)
        CHECK_EQ(pthread_create(&writers[i], NULL, write_records, ends), 0);
    for (int i = 0; i < kWriters * kRecords; ++i) {
        char record[kRecordSize];
        size_t filled = 0;
        while (filled < sizeof record) {
            ssize_t count = read(ends[0], record + filled, sizeof record - filled);
            CHECK(count > 0);
            filled += (size_t)count;
        }
        for (int j = 1; j < kRecordSize; ++j)
            CHECK_EQ(record[j], record[0]);
    }
    for (int i = 0; i < kWriters; ++i)
        CHECK_EQ(pthread_join(writers[i], NULL), 0);
}

BEHAVIOUR(o_direct_pipes_keep_packets_apart)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_DIRECT));
    CHECK_EQ(write(ends[1], "first", 5), 5);
    CHECK_EQ(write(ends[1], "2nd", 3), 3);
    char text[16];
    CHECK_EQ(read(ends[0], text, 3), 3);
    CHECK_EQ(read(ends[0], text, 16), 3);
    CHECK(memcmp(text, "2nd", 3) == 0);
}

BEHAVIOUR(pipe_buffers_must_be_accessible)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    CHECK_ERRNO(write(ends[1], bad_pointer(), 10), EFAULT);
    CHECK_EQ(write(ends[1], "data", 4), 4);
    CHECK_ERRNO(read(ends[0], bad_pointer(), 10), EFAULT);
    char text[8];
    CHECK_EQ(read(ends[0], text, 8), 4);
}

BEHAVIOUR(fstat_of_a_pipe_says_fifo)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct stat status;
    CHECK_OK(fstat(ends[0], &status));
    CHECK_EQ(status.st_mode & S_IFMT, S_IFIFO);
    CHECK_EQ(status.st_mode & 0777, 0600);
    CHECK_EQ(status.st_size, 0);
    struct stat other;
    CHECK_OK(fstat(ends[1], &other));
    CHECK_EQ(status.st_ino, other.st_ino);
}

BEHAVIOUR(a_fifo_opened_for_both_does_not_block)
{
    CHECK_OK(mkfifo("fifo", 0600));
    int both = open("fifo", O_RDWR);
    CHECK_OK(both);
    CHECK_EQ(write(both, "x", 1), 1);
    char byte;
    CHECK_EQ(read(both, &byte, 1), 1);
    CHECK_ERRNO(mkfifo("fifo", 0600), EEXIST);
    CHECK_ERRNO(mkfifo("missing/fifo", 0600), ENOENT);
}

BEHAVIOUR(a_fifo_without_readers_refuses_a_nonblocking_writer)
{
    CHECK_OK(mkfifo("fifo", 0600));
    CHECK_ERRNO(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    CHECK_OK(reader);
    char byte;
    CHECK_EQ(read(reader, &byte, 1), 0);
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    CHECK_OK(writer);
    CHECK_ERRNO(read(reader, &byte, 1), EAGAIN);
    CHECK_EQ(write(writer, "y", 1), 1);
    CHECK_EQ(read(reader, &byte, 1), 1);
}

static void* open_fifo_for_writing(void* unused)
{
    int writer = open("fifo", O_WRONLY);
    EXPECT(writer >= 0);
    EXPECT(write(writer, "met", 3) == 3);
    return unused;
}

BEHAVIOUR(fifo_opens_wait_for_each_other)
{
    CHECK_OK(mkfifo("fifo", 0600));
    pthread_t writer;
    CHECK_EQ(pthread_create(&writer, NULL, open_fifo_for_writing, NULL), 0);
    sleep_ms(20);
    int reader = open("fifo", O_RDONLY);
    CHECK_OK(reader);
    char text[4] = { 0 };
    CHECK_EQ(read(reader, text, 3), 3);
    CHECK_EQ(pthread_join(writer, NULL), 0);
}

BEHAVIOUR(poll_tells_the_state_of_both_ends)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct pollfd both[2] = { { ends[0], POLLIN | POLLOUT, 0 }, { ends[1], POLLIN | POLLOUT, 0 } };
    CHECK_EQ(poll(both, 2, 0), 1);
    CHECK_EQ(both[0].revents, 0);
    CHECK_EQ(both[1].revents, POLLOUT);
    CHECK_OK(close(ends[1]));
    CHECK_EQ(poll(both, 1, 0), 1);
    CHECK_EQ(both[0].revents, POLLHUP);

    CHECK_OK(pipe(ends));
    both[1].fd = ends[1];
    CHECK_OK(close(ends[0]));
    CHECK_EQ(poll(both + 1, 1, 0), 1);
    CHECK_EQ(both[1].revents, POLLOUT | POLLERR);
}

ENDING_BEHAVIOUR(sigpipe_kills_by_default)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(close(ends[0]));
    write(ends[1], "x", 1);
    EXPECT(false && "the process survived");
}

BEHAVIOUR(a_pipe_has_an_owner)
{
    SKIP_IF(geteuid() != 0, "only the superuser gives files away");
    int ends[2];
    struct stat status;
    CHECK_OK(pipe(ends));
    CHECK_OK(fchown(ends[0], 7, 8));
    CHECK_OK(fchown(ends[1], -1, 9));
    CHECK_OK(fstat(ends[0], &status));
    CHECK_EQ(status.st_uid, 7);
    CHECK_EQ(status.st_gid, 9);
}

// Wherever both ends of a copy are, also where their addresses within a page are nearly the same.
BEHAVIOUR(bytes_survive_from_any_address_to_any_other)
{
    enum { kSizes = 5, kFarthest = 40 };
    static char from[8192] __attribute__((aligned(4096))), to[8192] __attribute__((aligned(4096)));
    static const size_t sizes[kSizes] = { 7, 33, 64, 999, 4096 };
    int ends[2];
    CHECK_OK(pipe(ends));
    for (size_t i = 0; i < sizeof(from); ++i)
        from[i] = (char)(i * 31 + i / 256);
    for (int size = 0; size < kSizes; ++size)
        for (int place = 0; place < kFarthest; ++place) {
            size_t count = sizes[size];
            memset(to, 0, sizeof(to));
            CHECK_EQ(write(ends[1], from + place, count), (long)count);
            CHECK_EQ(read(ends[0], to + kFarthest - place, count), (long)count);
            CHECK_EQ(memcmp(to + kFarthest - place, from + place, count), 0);
            CHECK_EQ(to[kFarthest - place - 1], 0);
            CHECK_EQ(to[kFarthest - place + (long)count], 0);
        }
}
