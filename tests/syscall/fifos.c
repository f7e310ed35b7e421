// FIFOs with a name: who waits for whom to open, what poll(2) says, what is left when the last one closes.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static short events_of(int descriptor, short wanted)
{
    struct pollfd entry = { descriptor, wanted, 0 };
    poll(&entry, 1, 0);
    return entry.revents;
}

static void* open_later(void* flags)
{
    sleep_ms(30);
    int descriptor = open("fifo", *(int*)flags);
    EXPECT(descriptor >= 0);
    return (void*)(long)descriptor;
}

BEHAVIOUR(each_end_waits_for_the_other)
{
    CHECK_OK(mkfifo("fifo", 0600));
    for (int reads = 0; reads < 2; ++reads) {
        int flags = reads ? O_WRONLY : O_RDONLY, ends[2];
        pthread_t other;
        void* result;
        CHECK_EQ(pthread_create(&other, NULL, open_later, &flags), 0);
        ends[reads] = open("fifo", reads ? O_RDONLY : O_WRONLY);
        CHECK_OK(ends[reads]);
        CHECK_EQ(pthread_join(other, &result), 0);
        ends[!reads] = (int)(long)result;
        char text[4];
        CHECK_EQ(write(ends[0], "ab", 2), 2);
        CHECK_EQ(read(ends[1], text, 4), 2);
        CHECK_OK(close(ends[0]));
        CHECK_EQ(read(ends[1], text, 4), 0);
        CHECK_OK(close(ends[1]));
    }
}

BEHAVIOUR(who_does_not_wait_may_only_read)
{
    CHECK_OK(mkfifo("fifo", 0600));
    CHECK_ERRNO(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    CHECK_OK(reader);
    char byte;
    CHECK_EQ(read(reader, &byte, 1), 0);
    CHECK_EQ(events_of(reader, POLLIN), 0);
    int writer = open("fifo", O_WRONLY | O_NONBLOCK);
    CHECK_OK(writer);
    CHECK_ERRNO(read(reader, &byte, 1), EAGAIN);
    CHECK_EQ(write(writer, "x", 1), 1);
    CHECK_EQ(events_of(reader, POLLIN), POLLIN);
    CHECK_OK(close(writer));
    CHECK_EQ(events_of(reader, POLLIN), POLLIN | POLLHUP);
    CHECK_EQ(read(reader, &byte, 1), 1);
    CHECK_EQ(events_of(reader, POLLIN), POLLHUP);
    CHECK_EQ(read(reader, &byte, 1), 0);
}

BEHAVIOUR(several_can_write_and_read)
{
    CHECK_OK(mkfifo("fifo", 0600));
    int both = open("fifo", O_RDWR), one = open("fifo", O_WRONLY), two = open("fifo", O_WRONLY);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    char text[8];
    CHECK_EQ(write(one, "a", 1), 1);
    CHECK_EQ(write(two, "b", 1), 1);
    CHECK_EQ(write(both, "c", 1), 1);
    CHECK_EQ(events_of(both, POLLIN | POLLOUT), POLLIN | POLLOUT);
    CHECK_EQ(read(reader, text, 2), 2);
    CHECK_EQ(read(both, text, 2), 1);
    CHECK_OK(close(one));
    CHECK_OK(close(both));
    CHECK_ERRNO(read(reader, text, 1), EAGAIN);
    CHECK_OK(close(two));
    CHECK_EQ(read(reader, text, 1), 0);
    one = open("fifo", O_WRONLY);
    CHECK_ERRNO(read(reader, text, 1), EAGAIN);
    CHECK_OK(close(reader));
    signal(SIGPIPE, SIG_IGN);
    CHECK_EQ(events_of(one, POLLOUT), POLLOUT | POLLERR);
    CHECK_ERRNO(write(one, "x", 1), EPIPE);
}

BEHAVIOUR(what_nobody_has_read_goes_with_the_last)
{
    CHECK_OK(mkfifo("fifo", 0600));
    int both = open("fifo", O_RDWR);
    CHECK_EQ(write(both, "lost", 4), 4);
    CHECK_OK(close(both));
    both = open("fifo", O_RDWR | O_NONBLOCK);
    char text[4];
    CHECK_ERRNO(read(both, text, 4), EAGAIN);
}

BEHAVIOUR(a_fifo_is_its_file)
{
    struct stat named, opened;
    CHECK_OK(mkfifo("fifo", 0640));
    int both = open("fifo", O_RDWR);
    CHECK_OK(stat("fifo", &named));
    CHECK_OK(fstat(both, &opened));
    CHECK(named.st_ino == opened.st_ino && named.st_mode == opened.st_mode);
    CHECK(S_ISFIFO(opened.st_mode));
    CHECK_OK(fchmod(both, 0600));
    CHECK_OK(stat("fifo", &named));
    CHECK_EQ(named.st_mode, S_IFIFO | 0600);
    CHECK_ERRNO(lseek(both, 0, SEEK_SET), ESPIPE);
    CHECK_EQ(fcntl(both, F_GETPIPE_SZ), 65536);
    CHECK_OK(unlink("fifo"));
    CHECK_OK(mkfifo("fifo", 0600));
    CHECK_ERRNO(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO); // another one
    CHECK_EQ(write(both, "x", 1), 1);
    char byte;
    CHECK_EQ(read(both, &byte, 1), 1);
}
