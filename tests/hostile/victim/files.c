// Calls on an open file.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kSize = 100 };

static char* buffer;
static int directory;

static void prepare_buffer(void) { buffer = guarded(kSize); }

static void prepare_directory(void)
{
    buffer = guarded(1024);
    directory = (int)must(open(".", O_RDONLY | O_DIRECTORY), "open .");
}

static long act_read(void)
{
    lseek(file, 0, SEEK_SET);
    return read(file, buffer, kSize);
}

static long act_pread(void) { return pread(file, buffer, kSize, 0); }
static long act_write(void)
{
    lseek(file, 0, SEEK_SET);
    return write(file, buffer, kSize);
}
static long act_pwrite(void) { return pwrite(file, buffer, kSize, 0); }
static long act_append(void)
{
    struct iovec vector = { buffer, kSize };
    return pwritev2(file, &vector, 1, 0, RWF_APPEND);
}
static long act_lseek(void) { return lseek(file, 0, SEEK_CUR); }
static long act_ftruncate(void) { return ftruncate(file, 8192); }
static long act_fsync(void) { return fsync(file); }
static long act_fdatasync(void) { return fdatasync(file); }
static long act_sync_file_range(void) { return sync_file_range(file, 0, 0, 0); }
static long act_syncfs(void) { return syncfs(file); }
static long act_fallocate(void) { return fallocate(file, 0, 0, 4096); }
static long act_fadvise(void) { return syscall(SYS_fadvise64, file, 0, 0, POSIX_FADV_NORMAL); }
static long act_fchmod(void) { return fchmod(file, 0600); }
static long act_flock(void) { return flock(file, LOCK_SH); }

static long act_close(void)
{
    int copy = (int)syscall(SYS_openat, AT_FDCWD, "file", O_RDONLY, 0);
    return copy < 0 ? 0 : close(copy);
}

static long act_fstat(void)
{
    struct stat* status = (struct stat*)buffer;
    return fstat(file, status);
}

static long act_fstatfs(void)
{
    struct statfs* status = (struct statfs*)buffer;
    return fstatfs(file, status);
}

static void prepare_status(void) { buffer = guarded(sizeof(struct stat)); }
static void prepare_file_system_status(void) { buffer = guarded(sizeof(struct statfs)); }

// Walks the records as a C library does: a bad length leads it astray.
static long act_getdents(void)
{
    lseek(directory, 0, SEEK_SET);
    long size = syscall(SYS_getdents64, directory, buffer, 1024);
    for (long at = 0; at < size;) {
        struct dirent64* entry = (struct dirent64*)(buffer + at);
        if (entry->d_reclen < offsetof(struct dirent64, d_name) + 2 || at + entry->d_reclen > size)
            harmed("a record of %u bytes at %ld of %ld", entry->d_reclen, at, size);
        if (!memchr(entry->d_name, 0, entry->d_reclen - offsetof(struct dirent64, d_name)))
            harmed("a name without an end");
        if (!*entry->d_name || strchr(entry->d_name, '/'))
            harmed("a name '%s'", entry->d_name);
        at += entry->d_reclen;
    }
    return size;
}

static int fifo = -1;
static void prepare_fifo(void)
{
    must(mkfifo("fifo", 0600), "mkfifo");
    fifo = (int)must(open("fifo", O_RDWR), "fifo");
}
static long act_pipe_size(void) { return fcntl(fifo, F_GETPIPE_SZ); }

static long act_lock(void)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    return fcntl(file, F_SETLK, &lock);
}

struct scenario const file_scenarios[] = {
    { "read", prepare_buffer, act_read, kSize },
    { "pread", prepare_buffer, act_pread, kSize },
    { "write", prepare_buffer, act_write, kSize },
    { "pwrite", prepare_buffer, act_pwrite, kSize },
    { "append", prepare_buffer, act_append, kSize },
    { "lseek", NULL, act_lseek, LONG_MAX },
    { "ftruncate", NULL, act_ftruncate, 0 },
    { "fsync", NULL, act_fsync, 0 },
    { "fdatasync", NULL, act_fdatasync, 0 },
    { "sync_file_range", NULL, act_sync_file_range, 0 },
    { "syncfs", NULL, act_syncfs, 0 },
    { "fallocate", NULL, act_fallocate, 0 },
    { "fadvise", NULL, act_fadvise, 0 },
    { "fchmod", NULL, act_fchmod, 0 },
    { "flock", NULL, act_flock, 0 },
    { "lock", NULL, act_lock, 0 },
    { "close", NULL, act_close, 0 },
    { "fstat", prepare_status, act_fstat, 0 },
    { "fstatfs", prepare_file_system_status, act_fstatfs, 0 },
    { "getdents", prepare_directory, act_getdents, 1024 },
    { "pipe_size", prepare_fifo, act_pipe_size, INT_MAX },
    { 0 },
};
