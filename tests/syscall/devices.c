// The synthesised part of /dev.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

BEHAVIOUR(null_swallows_and_gives_nothing)
{
    int file = open("/dev/null", O_RDWR);
    char byte;
    CHECK_EQ(write(file, "text", 4), 4);
    CHECK_EQ(read(file, &byte, 1), 0);
    CHECK_EQ(lseek(file, 100, SEEK_SET), 0);
    CHECK_EQ(pread(file, &byte, 1, 5), 0);
    CHECK_EQ(pwrite(file, "text", 4, 100), 4);
    CHECK_ERRNO(ftruncate(file, 0), EINVAL);
    CHECK_OK(open("/dev/null", O_WRONLY | O_TRUNC | O_CREAT, 0666));
}

BEHAVIOUR(null_does_not_look_at_what_it_swallows)
{
    int file = open("/dev/null", O_RDWR);
    CHECK_EQ(write(file, bad_pointer(), 4), 4);
}

BEHAVIOUR(zero_gives_zeros)
{
    int file = open("/dev/zero", O_RDWR);
    char bytes[5000];
    memset(bytes, 'x', sizeof bytes);
    CHECK_EQ(read(file, bytes, sizeof bytes), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; ++i)
        CHECK_EQ(bytes[i], 0);
    CHECK_EQ(write(file, bytes, 10), 10);
    CHECK_ERRNO(read(file, bad_pointer(), 10), EFAULT);
    char* memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    memory[5000] = 'x';
    CHECK_EQ(memory[0], 0);
}

BEHAVIOUR(full_is_full)
{
    int file = open("/dev/full", O_RDWR);
    char byte = 'x';
    CHECK_ERRNO(write(file, "x", 1), ENOSPC);
    CHECK_EQ(read(file, &byte, 1), 1);
    CHECK_EQ(byte, 0);
}

BEHAVIOUR(random_devices_give_different_bytes)
{
    static const char* const names[] = { "/dev/random", "/dev/urandom" };
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        int file = open(names[i], O_RDONLY);
        CHECK_OK(file);
        char one[64] = { 0 }, two[64] = { 0 };
        CHECK_EQ(read(file, one, 64), 64);
        CHECK_EQ(read(file, two, 64), 64);
        CHECK(memcmp(one, two, 64) != 0);
        CHECK_ERRNO(read(file, bad_pointer(), 8), EFAULT);
        CHECK_EQ(lseek(file, 5, SEEK_SET), 0);
    }
}

BEHAVIOUR(urandom_fills_large_reads)
{
    static char bytes[1 << 18];
    CHECK_EQ(read(open("/dev/urandom", O_RDONLY), bytes, sizeof bytes), sizeof bytes);
    CHECK(memcmp(bytes, bytes + 4096, 4096) != 0);
}

BEHAVIOUR(tty_needs_a_controlling_terminal) { CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO); }

BEHAVIOUR(devices_tell_their_numbers)
{
    static const struct {
        const char* name;
        unsigned minor;
    } devices[] = { { "/dev/null", 3 }, { "/dev/zero", 5 }, { "/dev/full", 7 }, { "/dev/random", 8 },
        { "/dev/urandom", 9 } };
    for (size_t i = 0; i < COUNT_OF(devices); ++i) {
        struct stat status;
        CHECK_OK(stat(devices[i].name, &status));
        CHECK_EQ(status.st_mode, S_IFCHR | 0666);
        CHECK_EQ(major(status.st_rdev), 1);
        CHECK_EQ(minor(status.st_rdev), devices[i].minor);
        CHECK_OK(fstat(open(devices[i].name, O_RDONLY), &status));
        CHECK_EQ(minor(status.st_rdev), devices[i].minor);
    }
}

BEHAVIOUR(devices_are_always_ready)
{
    static const char* const names[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom" };
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        struct pollfd entry = { open(names[i], O_RDWR), POLLIN | POLLOUT, 0 };
        CHECK_EQ(poll(&entry, 1, 0), 1);
        CHECK_EQ(entry.revents, POLLIN | POLLOUT);
    }
}

BEHAVIOUR(devices_are_no_directories)
{
    CHECK_ERRNO(open("/dev/null/x", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("/dev/null", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERRNO(open("/dev/no-such-device", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/dev/null", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
}

BEHAVIOUR(shared_memory_objects_live_in_dev_shm)
{
    static const char name[] = "/farl-behaviour-shared-memory";
    shm_unlink(name);
    int object = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK_OK(object);
    CHECK_OK(ftruncate(object, 4096));
    char* memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    CHECK(memory != MAP_FAILED);
    memory[0] = 'x';
    int again = shm_open(name, O_RDONLY, 0);
    char byte = 0;
    CHECK_EQ(read(again, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_OK(shm_unlink(name));
    CHECK_ERRNO(shm_open(name, O_RDONLY, 0), ENOENT);
}

BEHAVIOUR(no_device_in_memory_is_direct)
{
    CHECK_ERRNO(open("/dev/null", O_RDWR | O_DIRECT), EINVAL);
    struct iovec vector = { "abc", 3 };
    CHECK_EQ(pwritev2(open("/dev/null", O_RDWR), &vector, 1, 0, RWF_SYNC), 3);
}
