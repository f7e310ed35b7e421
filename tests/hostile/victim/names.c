// Calls on names.
#define _GNU_SOURCE
#include "tests/hostile/victim/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kServed = 1000 };

static char* buffer;

// A descriptor that was given is closed again.
static long closed(long descriptor)
{
    if (descriptor >= 0)
        close((int)descriptor);
    return descriptor;
}

static long act_open(void) { return closed(open("file", O_RDONLY)); }
static long act_openat2(void)
{
    struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS };
    return closed(syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof(how)));
}
// As who serves it: what is read at once may come with the file.
static long act_serve(void)
{
    int served = open("file", O_RDONLY);
    if (served < 0)
        return -1;
    long result = pread(served, buffer, kServed, 0);
    int error = errno;
    close(served);
    errno = error;
    return result;
}
static void prepare_serving(void) { buffer = guarded(kServed); }
static long act_access(void) { return access("file", R_OK); }
static long act_access_as(void) { return syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK, AT_EACCESS); }
static long act_chmod(void) { return chmod("file", 0600); }
static long act_chown(void) { return chown("file", (uid_t)-1, (gid_t)-1); }
static long act_truncate(void) { return truncate("file", 8192); }
static long act_utimensat(void) { return utimensat(AT_FDCWD, "file", NULL, 0); }

// Made and removed in turn, so that an honest host has something to do.
static long act_mkdir(void)
{
    long result = mkdir("directory", 0700);
    int error = errno;
    rmdir("directory");
    errno = error;
    return result;
}
static long act_mknod(void)
{
    long result = mknod("node", S_IFREG | 0600, 0);
    int error = errno;
    unlink("node");
    errno = error;
    return result;
}
static long act_link(void)
{
    long result = link("file", "second");
    int error = errno;
    unlink("second");
    errno = error;
    return result;
}
static long act_symlink(void)
{
    long result = symlink("file", "symbolic");
    int error = errno;
    unlink("symbolic");
    errno = error;
    return result;
}
static long act_unlink(void)
{
    closed(open("victim", O_WRONLY | O_CREAT, 0600));
    return unlink("victim");
}
static long act_rename(void)
{
    closed(open("old", O_WRONLY | O_CREAT, 0600));
    return rename("old", "new");
}

static void prepare_link(void)
{
    buffer = guarded(20);
    must(symlink("a text of more than twenty bytes", "link"), "symlink");
}
static long act_readlink(void)
{
    long size = readlink("link", buffer, 20);
    if (size > 0 && memchr(buffer, 0, (size_t)size))
        harmed("a link with a NUL");
    return size;
}

static void prepare_status(void) { buffer = guarded(sizeof(struct stat)); }
static long act_stat(void) { return stat("file", (struct stat*)buffer); }
static void prepare_extended_status(void) { buffer = guarded(sizeof(struct statx)); }
static long act_statx(void) { return statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, (struct statx*)buffer); }

static long act_sync(void)
{
    sync();
    return 0;
}

static long act_inotify(void) { return closed(inotify_init1(IN_NONBLOCK)); }

static int watcher;
static void prepare_watcher(void)
{
    watcher = (int)must(inotify_init1(IN_NONBLOCK), "inotify_init1");
    buffer = guarded(1024);
}
static long act_watch(void) { return inotify_add_watch(watcher, "file", IN_MODIFY); }
static long act_unwatch(void)
{
    int watch = inotify_add_watch(watcher, ".", IN_MODIFY);
    return inotify_rm_watch(watcher, watch);
}

static void prepare_events(void)
{
    prepare_watcher();
    must(inotify_add_watch(watcher, ".", IN_CREATE), "inotify_add_watch");
}
static long act_events(void)
{
    closed(open("created", O_WRONLY | O_CREAT, 0600));
    unlink("created");
    long size = read(watcher, buffer, 1024);
    for (long at = 0; at < size;) {
        struct inotify_event* event = (struct inotify_event*)(buffer + at);
        long whole = (long)sizeof(*event) + event->len;
        if (at + whole > size || (event->len && !memchr(event->name, 0, event->len)))
            harmed("an event of %u bytes at %ld of %ld", event->len, at, size);
        at += whole;
    }
    return size;
}

struct scenario const name_scenarios[] = {
    { "open", NULL, act_open, INT_MAX },
    { "serve", prepare_serving, act_serve, kServed },
    { "openat2", NULL, act_openat2, INT_MAX },
    { "access", NULL, act_access, 0 },
    { "access_as", NULL, act_access_as, 0 },
    { "chmod", NULL, act_chmod, 0 },
    { "chown", NULL, act_chown, 0 },
    { "truncate", NULL, act_truncate, 0 },
    { "utimensat", NULL, act_utimensat, 0 },
    { "mkdir", NULL, act_mkdir, 0 },
    { "mknod", NULL, act_mknod, 0 },
    { "link", NULL, act_link, 0 },
    { "symlink", NULL, act_symlink, 0 },
    { "unlink", NULL, act_unlink, 0 },
    { "rename", NULL, act_rename, 0 },
    { "readlink", prepare_link, act_readlink, 20 },
    { "stat", prepare_status, act_stat, 0 },
    { "statx", prepare_extended_status, act_statx, 0 },
    { "sync", NULL, act_sync, 0 },
    { "inotify", NULL, act_inotify, INT_MAX },
    { "watch", prepare_watcher, act_watch, INT_MAX },
    { "unwatch", prepare_watcher, act_unwatch, 0 },
    { "events", prepare_events, act_events, 1024 },
    { 0 },
};
