// Watching files and directories.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

// Reads one event; its mask without the name, 0 if there is none within 20 seconds.
static uint32_t next_event(int watcher, char* name)
{
    static char buffer[4096] __attribute__((aligned(8)));
    static ssize_t filled, at;
    if (!name) {
        filled = at = 0;
        return 0;
    }
    if (at >= filled) {
        struct pollfd entry = { watcher, POLLIN, 0 };
        if (poll(&entry, 1, 20000) != 1)
            return 0;
        filled = read(watcher, buffer, sizeof buffer);
        at = 0;
    }
    const struct inotify_event* event = (const void*)(buffer + at);
    at += (ssize_t)(sizeof *event + event->len);
    strcpy(name, event->len ? event->name : "");
    return event->mask;
}

BEHAVIOUR(a_watch_tells_of_new_changed_and_removed_files)
{
    int watcher = inotify_init1(IN_NONBLOCK);
    char name[256];
    next_event(watcher, NULL);
    CHECK_OK(inotify_add_watch(watcher, ".", IN_CREATE | IN_MODIFY | IN_DELETE | IN_CLOSE_WRITE));
    int file = open("a", O_WRONLY | O_CREAT, 0600);
    CHECK_EQ(next_event(watcher, name), IN_CREATE);
    CHECK(strcmp(name, "a") == 0);
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_EQ(next_event(watcher, name), IN_MODIFY);
    CHECK_OK(close(file));
    CHECK_EQ(next_event(watcher, name), IN_CLOSE_WRITE);
    CHECK_OK(unlink("a"));
    CHECK_EQ(next_event(watcher, name), IN_DELETE);
    CHECK_OK(mkdir("d", 0700));
    CHECK_EQ(next_event(watcher, name), IN_CREATE | IN_ISDIR);
}

BEHAVIOUR(a_renaming_is_told_in_two_events)
{
    int watcher = inotify_init1(0);
    char name[256];
    next_event(watcher, NULL);
    close(open_file_with("a", ""));
    CHECK_OK(inotify_add_watch(watcher, ".", IN_MOVE));
    CHECK_OK(rename("a", "b"));
    CHECK_EQ(next_event(watcher, name), IN_MOVED_FROM);
    CHECK(strcmp(name, "a") == 0);
    CHECK_EQ(next_event(watcher, name), IN_MOVED_TO);
    CHECK(strcmp(name, "b") == 0);
}

BEHAVIOUR(a_removed_watch_says_so)
{
    int watcher = inotify_init1(0);
    char name[256];
    next_event(watcher, NULL);
    int watch = inotify_add_watch(watcher, ".", IN_CREATE);
    CHECK_OK(watch);
    CHECK_OK(inotify_rm_watch(watcher, watch));
    CHECK_EQ(next_event(watcher, name), IN_IGNORED);
    CHECK_ERRNO(inotify_rm_watch(watcher, watch), EINVAL);
}

BEHAVIOUR(inotify_checks_what_it_is_given)
{
    int watcher = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), file = open_file_with("a", "");
    char small[4], large[4096];
    CHECK_EQ(fcntl(watcher, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(inotify_init1(0x77), EINVAL);
    CHECK_ERRNO(inotify_add_watch(watcher, "missing", IN_CREATE), ENOENT);
    CHECK_ERRNO(inotify_add_watch(watcher, ".", 0), EINVAL);
    CHECK_ERRNO(inotify_add_watch(watcher, "missing", IN_CREATE | 0x800000), EINVAL);
    CHECK_ERRNO(inotify_add_watch(watcher, "missing", IN_CREATE | IN_MASK_ADD | 0x10000000), EINVAL);
    CHECK_ERRNO(inotify_add_watch(-1, ".", IN_CREATE), EBADF);
    CHECK_ERRNO(inotify_add_watch(file, ".", IN_CREATE), EINVAL);
    CHECK_ERRNO(inotify_add_watch(watcher, bad_pointer(), IN_CREATE), EFAULT);
    CHECK_ERRNO(inotify_add_watch(watcher, "a", IN_CREATE | IN_ONLYDIR), ENOTDIR);
    CHECK_ERRNO(inotify_rm_watch(watcher, 777), EINVAL);
    CHECK_ERRNO(read(watcher, large, sizeof large), EAGAIN);
    CHECK_OK(inotify_add_watch(watcher, "a", IN_MODIFY));
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_ERRNO(read(watcher, small, sizeof small), EINVAL);
}
