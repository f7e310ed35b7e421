// Names: links, symbolic links, renaming, removing.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

static int rename2(const char* from, const char* to, unsigned flags)
{
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void touch(const char* name) { close(open_file_with(name, name)); }

static ino_t inode_of(const char* name)
{
    struct stat status;
    return lstat(name, &status) == 0 ? status.st_ino : 0;
}

static nlink_t links_of(const char* name)
{
    struct stat status;
    return lstat(name, &status) == 0 ? status.st_nlink : 0;
}

BEHAVIOUR(unlink_removes_names_but_no_directories)
{
    touch("a");
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(symlink("a", "link"));
    CHECK_OK(unlink("link"));
    CHECK_OK(access("a", F_OK));
    CHECK_ERRNO(unlink("d"), EISDIR);
    CHECK_ERRNO(unlink("missing"), ENOENT);
    CHECK_ERRNO(unlink("a/b"), ENOTDIR);
    CHECK_ERRNO(unlink("a/"), ENOTDIR);
    CHECK_ERRNO(unlink(""), ENOENT);
    CHECK_ERRNO(unlink(bad_pointer()), EFAULT);
    CHECK_OK(unlink("a"));
    CHECK_ERRNO(unlink("a"), ENOENT);
}

BEHAVIOUR(unlinkat_removes_both_kinds)
{
    int here = open(".", O_RDONLY | O_DIRECTORY);
    touch("a");
    CHECK_OK(mkdir("d", 0700));
    CHECK_ERRNO(unlinkat(here, "d", 0), EISDIR);
    CHECK_ERRNO(unlinkat(here, "a", AT_REMOVEDIR), ENOTDIR);
    CHECK_ERRNO(unlinkat(here, "a", 0x1), EINVAL);
    CHECK_ERRNO(unlinkat(500, "a", 0), EBADF);
    CHECK_OK(unlinkat(here, "d", AT_REMOVEDIR));
    CHECK_OK(unlinkat(here, "a", 0));
}

BEHAVIOUR(rename_replaces_its_target)
{
    touch("a");
    touch("b");
    ino_t inode = inode_of("a");
    CHECK_OK(rename("a", "b"));
    CHECK_EQ(inode_of("b"), inode);
    CHECK(file_contains("b", "a"));
    CHECK_ERRNO(access("a", F_OK), ENOENT);
}

BEHAVIOUR(rename_of_two_names_of_one_file_does_nothing)
{
    touch("a");
    CHECK_OK(link("a", "b"));
    CHECK_OK(rename("a", "b"));
    CHECK_OK(access("a", F_OK));
    CHECK_OK(rename("a", "a"));
    CHECK_EQ(links_of("a"), 2);
}

BEHAVIOUR(rename_checks_what_it_is_given)
{
    touch("a");
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(mkdir("d/inner", 0700));
    CHECK_OK(mkdir("empty", 0700));
    CHECK_ERRNO(rename("missing", "b"), ENOENT);
    CHECK_ERRNO(rename("a", "missing/b"), ENOENT);
    CHECK_ERRNO(rename("", "b"), ENOENT);
    CHECK_ERRNO(rename("a", ""), ENOENT);
    CHECK_ERRNO(rename("a", "d"), EISDIR);
    CHECK_ERRNO(rename("d", "a"), ENOTDIR);
    CHECK_ERRNO(rename("a", "b/"), ENOTDIR);
    CHECK_ERRNO(rename("d", "d/inner/deeper"), EINVAL);
    CHECK_ERRNO(rename("empty", "d"), ENOTEMPTY);
    CHECK_ERRNO(rename(".", "b"), EBUSY);
    CHECK_ERRNO(rename("a", bad_pointer()), EFAULT);
    CHECK_ERRNO(rename(bad_pointer(), "a"), EFAULT);
    CHECK_OK(rename("d", "empty"));
    CHECK_OK(access("empty/inner", F_OK));
}

BEHAVIOUR(renameat2_has_flags)
{
    touch("a");
    touch("b");
    CHECK_ERRNO(rename2("a", "b", RENAME_NOREPLACE), EEXIST);
    CHECK_OK(rename2("a", "c", RENAME_NOREPLACE));
    CHECK_OK(rename2("b", "c", RENAME_EXCHANGE));
    CHECK(file_contains("b", "a"));
    CHECK(file_contains("c", "b"));
    CHECK_ERRNO(rename2("b", "missing", RENAME_EXCHANGE), ENOENT);
    CHECK_ERRNO(rename2("b", "c", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
    CHECK_ERRNO(rename2("b", "c", 0x80), EINVAL);
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(rename2("d", "b", RENAME_EXCHANGE));
    CHECK(file_contains("d", "a"));
}

BEHAVIOUR(an_open_file_survives_its_renaming)
{
    int file = open_file_with("a", "text");
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(rename("a", "d/b"));
    CHECK_EQ(pwrite(file, "T", 1, 0), 1);
    CHECK(file_contains("d/b", "Text"));
}

BEHAVIOUR(link_gives_a_second_name)
{
    touch("a");
    CHECK_OK(link("a", "b"));
    CHECK_EQ(inode_of("a"), inode_of("b"));
    CHECK_EQ(links_of("b"), 2);
    CHECK_OK(unlink("a"));
    CHECK_EQ(links_of("b"), 1);
    CHECK(file_contains("b", "a"));
}

BEHAVIOUR(link_checks_what_it_is_given)
{
    touch("a");
    touch("b");
    CHECK_OK(mkdir("d", 0700));
    CHECK_ERRNO(link("a", "b"), EEXIST);
    CHECK_ERRNO(link("missing", "c"), ENOENT);
    CHECK_ERRNO(link("d", "c"), EPERM);
    CHECK_ERRNO(link("a", "missing/c"), ENOENT);
    CHECK_ERRNO(link("a/x", "c"), ENOTDIR);
    CHECK_ERRNO(link(bad_pointer(), "c"), EFAULT);
    CHECK_ERRNO(linkat(AT_FDCWD, "a", AT_FDCWD, "c", 0x1), EINVAL);
    CHECK_ERRNO(linkat(500, "a", AT_FDCWD, "c", 0), EBADF);
}

BEHAVIOUR(linkat_follows_links_only_if_asked)
{
    touch("a");
    CHECK_OK(symlink("a", "link"));
    CHECK_OK(linkat(AT_FDCWD, "link", AT_FDCWD, "hard", 0));
    CHECK_EQ(inode_of("hard"), inode_of("link"));
    CHECK_OK(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    CHECK_EQ(inode_of("followed"), inode_of("a"));
}

BEHAVIOUR(readlink_gives_the_target_without_a_terminator)
{
    CHECK_OK(symlink("some/target", "link"));
    char target[32];
    memset(target, 'x', sizeof target);
    CHECK_EQ(readlink("link", target, sizeof target), 11);
    CHECK(memcmp(target, "some/targetx", 12) == 0);
    CHECK_EQ(readlink("link", target, 4), 4);
    struct stat status;
    CHECK_OK(lstat("link", &status));
    CHECK_EQ(status.st_size, 11);
    CHECK_EQ(status.st_mode, S_IFLNK | 0777);
}

BEHAVIOUR(readlink_checks_what_it_is_given)
{
    char target[32];
    touch("a");
    CHECK_OK(symlink("a", "link"));
    CHECK_ERRNO(readlink("a", target, sizeof target), EINVAL);
    CHECK_ERRNO(readlink(".", target, sizeof target), EINVAL);
    CHECK_ERRNO(readlink("missing", target, sizeof target), ENOENT);
    CHECK_ERRNO(readlink("a/b", target, sizeof target), ENOTDIR);
    CHECK_ERRNO(syscall(SYS_readlink, "link", target, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_readlink, "link", target, -1), EINVAL);
    CHECK_ERRNO(readlink("link", bad_pointer(), 10), EFAULT);
    CHECK_ERRNO(readlinkat(500, "link", target, 10), EBADF);
    int path = open("link", O_PATH | O_NOFOLLOW);
    CHECK_EQ(readlinkat(path, "", target, sizeof target), 1);
}

BEHAVIOUR(symlink_checks_what_it_is_given)
{
    touch("a");
    CHECK_ERRNO(symlink("x", "a"), EEXIST);
    CHECK_ERRNO(symlink("", "link"), ENOENT);
    CHECK_ERRNO(symlink("x", ""), ENOENT);
    CHECK_ERRNO(symlink("x", "missing/link"), ENOENT);
    CHECK_ERRNO(symlink("x", "a/link"), ENOTDIR);
    CHECK_ERRNO(symlink(bad_pointer(), "link"), EFAULT);
}

BEHAVIOUR(links_in_a_circle_give_eloop)
{
    CHECK_OK(symlink("two", "one"));
    CHECK_OK(symlink("one", "two"));
    CHECK_OK(symlink("self", "self"));
    struct stat status;
    CHECK_ERRNO(open("one", O_RDONLY), ELOOP);
    CHECK_ERRNO(open("self/x", O_RDONLY), ELOOP);
    CHECK_ERRNO(stat("self", &status), ELOOP);
    CHECK_ERRNO(chdir("one"), ELOOP);
    CHECK_ERRNO(access("one", F_OK), ELOOP);
    CHECK_OK(lstat("one", &status));
}

BEHAVIOUR(forty_links_are_followed_and_no_more)
{
    touch("l0");
    for (int i = 1; i <= 41; ++i) {
        char from[16], to[16];
        snprintf(from, sizeof from, "l%d", i);
        snprintf(to, sizeof to, "l%d", i - 1);
        CHECK_OK(symlink(to, from));
    }
    CHECK_OK(open("l40", O_RDONLY));
    CHECK_ERRNO(open("l41", O_RDONLY), ELOOP);
}

BEHAVIOUR(links_are_followed_within_a_path)
{
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(mkdir("d/inner", 0700));
    touch("d/file");
    CHECK_OK(symlink("d/inner", "link"));
    CHECK_OK(access("link/../file", F_OK));
    CHECK_ERRNO(access("link/../d", F_OK), ENOENT);
    char absolute[PATH_MAX];
    CHECK(getcwd(absolute, sizeof absolute) != NULL);
    CHECK_OK(symlink(absolute, "absolute"));
    CHECK_OK(access("absolute/d/file", F_OK));
}

BEHAVIOUR(directories_count_their_subdirectories_as_links)
{
    CHECK_OK(mkdir("d", 0700));
    nlink_t before = links_of("d");
    CHECK_OK(mkdir("d/one", 0700));
    CHECK_OK(mkdir("d/two", 0700));
    say("%lu then %lu", (unsigned long)before, (unsigned long)links_of("d"));
}

BEHAVIOUR(realpath_resolves_links)
{
    CHECK_OK(mkdir("d", 0700));
    touch("d/a");
    CHECK_OK(symlink("d/a", "link"));
    char* path = realpath("link", NULL);
    CHECK(path != NULL);
    CHECK(strcmp(path + strlen(path) - 4, "/d/a") == 0);
    free(path);
    CHECK(realpath("missing", NULL) == NULL);
    CHECK_EQ(errno, ENOENT);
}

BEHAVIOUR(names_may_hold_any_byte_but_slash_and_zero)
{
    static const char* const names[] = { "with space", "new\nline", "\xff\xfe", "utf8-\xc3\xa9", "-dash", "...",
        "a\\b" };
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        touch(names[i]);
        CHECK(file_contains(names[i], names[i]));
        CHECK_OK(unlink(names[i]));
    }
}
