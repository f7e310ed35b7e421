// Names: directories, links, renaming, paths, listing.
#include "tests/support/behaviour.h"

#include <dirent.h>
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

BEHAVIOUR(mkdir_makes_a_directory_with_the_mode_less_the_umask)
{
    umask(027);
    CHECK_OK(mkdir("d", 0777));
    struct stat status;
    CHECK_OK(stat("d", &status));
    CHECK_EQ(status.st_mode, S_IFDIR | 0750);
    CHECK_OK(mkdir("slash/", 0700));
    CHECK_OK(mkdirat(open("d", O_RDONLY), "inner", 0700));
    CHECK_OK(access("d/inner", F_OK));
}

BEHAVIOUR(mkdir_checks_what_it_is_given)
{
    touch("a");
    CHECK_ERRNO(mkdir("a", 0700), EEXIST);
    CHECK_ERRNO(mkdir(".", 0700), EEXIST);
    CHECK_ERRNO(mkdir("/", 0700), EEXIST);
    CHECK_ERRNO(mkdir("missing/d", 0700), ENOENT);
    CHECK_ERRNO(mkdir("", 0700), ENOENT);
    CHECK_ERRNO(mkdir("a/d", 0700), ENOTDIR);
    CHECK_ERRNO(mkdir(bad_pointer(), 0700), EFAULT);
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(mkdir("link", 0700), EEXIST);
    CHECK_ERRNO(mkdirat(500, "d", 0700), EBADF);
    CHECK_ERRNO(mkdirat(open("a", O_RDONLY), "d", 0700), ENOTDIR);
}

BEHAVIOUR(rmdir_checks_what_it_is_given)
{
    touch("a");
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(mkdir("d/inner", 0700));
    CHECK_OK(symlink("d", "link"));
    CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
    CHECK_ERRNO(rmdir("a"), ENOTDIR);
    CHECK_ERRNO(rmdir("link"), ENOTDIR);
    CHECK_ERRNO(rmdir("missing"), ENOENT);
    CHECK_ERRNO(rmdir("d/inner/."), EINVAL);
    CHECK_ERRNO(rmdir("d/inner/.."), ENOTEMPTY);
    CHECK_ERRNO(rmdir(bad_pointer()), EFAULT);
    CHECK_OK(rmdir("d/inner"));
    CHECK_OK(rmdir("d/"));
    CHECK_ERRNO(access("d", F_OK), ENOENT);
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

BEHAVIOUR(odd_paths_are_understood)
{
    CHECK_OK(mkdir("d", 0700));
    touch("d/a");
    CHECK_OK(access("d//a", F_OK));
    CHECK_OK(access("./d/./a", F_OK));
    CHECK_OK(access("d/../d/a", F_OK));
    CHECK_OK(access("d/", F_OK));
    CHECK_OK(access("/../../", F_OK));
    CHECK_ERRNO(access("missing/../d", F_OK), ENOENT);
    CHECK_ERRNO(access("d/a/.", F_OK), ENOTDIR);
}

BEHAVIOUR(chdir_and_getcwd_agree)
{
    char before[PATH_MAX], after[PATH_MAX];
    CHECK(getcwd(before, sizeof before) != NULL);
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(symlink("d", "link"));
    CHECK_OK(chdir("link"));
    CHECK(getcwd(after, sizeof after) != NULL);
    CHECK(strncmp(before, after, strlen(before)) == 0);
    CHECK(strcmp(after + strlen(before), "/d") == 0);
    touch("inside");
    CHECK_OK(chdir(".."));
    CHECK_OK(access("d/inside", F_OK));
    CHECK_OK(fchdir(open("d", O_RDONLY)));
    CHECK_OK(access("inside", F_OK));
}

BEHAVIOUR(chdir_and_getcwd_check_what_they_are_given)
{
    char path[PATH_MAX];
    touch("a");
    CHECK_ERRNO(chdir("missing"), ENOENT);
    CHECK_ERRNO(chdir("a"), ENOTDIR);
    CHECK_ERRNO(chdir(""), ENOENT);
    CHECK_ERRNO(chdir(bad_pointer()), EFAULT);
    CHECK_ERRNO(fchdir(500), EBADF);
    CHECK_ERRNO(fchdir(open("a", O_RDONLY)), ENOTDIR);
    CHECK_ERRNO(syscall(SYS_getcwd, path, 2), ERANGE);
    CHECK_ERRNO(syscall(SYS_getcwd, path, 0), ERANGE);
    CHECK_ERRNO(syscall(SYS_getcwd, bad_pointer(), sizeof path), EFAULT);
    long size = syscall(SYS_getcwd, path, sizeof path);
    CHECK_EQ(size, strlen(path) + 1);
}

BEHAVIOUR(a_removed_working_directory_has_no_name)
{
    char path[PATH_MAX];
    CHECK_OK(mkdir("d", 0700));
    CHECK_OK(chdir("d"));
    CHECK_OK(rmdir("../d"));
    CHECK_ERRNO(syscall(SYS_getcwd, path, sizeof path), ENOENT);
    CHECK_ERRNO(open("new", O_RDWR | O_CREAT, 0600), ENOENT);
    CHECK_ERRNO(mkdir("new", 0700), ENOENT);
    CHECK_OK(open(".", O_RDONLY));
}

static int compare_names(const void* left, const void* right)
{
    return strcmp(*(const char* const*)left, *(const char* const*)right);
}

BEHAVIOUR(readdir_gives_every_name_once)
{
    CHECK_OK(mkdir("d", 0700));
    touch("file");
    CHECK_OK(symlink("file", "link"));
    CHECK_OK(mkfifo("fifo", 0600));
    DIR* directory = opendir(".");
    CHECK(directory != NULL);
    char* names[16];
    int types[256] = { 0 };
    size_t count = 0;
    struct dirent* entry;
    while ((entry = readdir(directory)) && count < 16) {
        names[count++] = strdup(entry->d_name);
        types[entry->d_type]++;
        if (strcmp(entry->d_name, "file") == 0)
            CHECK_EQ(entry->d_ino, inode_of("file"));
    }
    closedir(directory);
    qsort(names, count, sizeof names[0], compare_names);
    static const char* const expected[] = { ".", "..", "d", "fifo", "file", "link" };
    CHECK_EQ(count, COUNT_OF(expected));
    for (size_t i = 0; i < count; ++i)
        CHECK(strcmp(names[i], expected[i]) == 0);
    CHECK(types[DT_DIR] == 3 && types[DT_REG] == 1 && types[DT_LNK] == 1 && types[DT_FIFO] == 1);
}

BEHAVIOUR(a_directory_of_hundreds_of_files_is_listed_whole)
{
    enum { kFiles = 700 };
    for (int i = 0; i < kFiles; ++i) {
        char name[64];
        snprintf(name, sizeof name, "a-rather-long-name-to-fill-the-buffers-%d", i);
        CHECK_OK(close(open(name, O_WRONLY | O_CREAT, 0600)));
    }
    DIR* directory = opendir(".");
    int count = 0;
    while (readdir(directory))
        ++count;
    CHECK_EQ(count, kFiles + 2);
    rewinddir(directory);
    CHECK_OK(unlink("a-rather-long-name-to-fill-the-buffers-5"));
    rewinddir(directory);
    for (count = 0; readdir(directory); ++count) { }
    CHECK_EQ(count, kFiles + 1);
    closedir(directory);
}

BEHAVIOUR(telldir_and_seekdir_return_to_a_place)
{
    touch("a");
    touch("b");
    touch("c");
    DIR* directory = opendir(".");
    CHECK(readdir(directory) && readdir(directory));
    long place = telldir(directory);
    char next[256];
    strcpy(next, readdir(directory)->d_name);
    while (readdir(directory)) { }
    seekdir(directory, place);
    CHECK(strcmp(readdir(directory)->d_name, next) == 0);
    closedir(directory);
}

BEHAVIOUR(getdents64_checks_what_it_is_given)
{
    char buffer[4096];
    int directory = open(".", O_RDONLY | O_DIRECTORY);
    CHECK_ERRNO(syscall(SYS_getdents64, open_file_with("a", ""), buffer, sizeof buffer), ENOTDIR);
    CHECK_ERRNO(syscall(SYS_getdents64, 500, buffer, sizeof buffer), EBADF);
    CHECK_ERRNO(syscall(SYS_getdents64, directory, buffer, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_getdents64, directory, bad_pointer(), sizeof buffer), EFAULT);
    CHECK(syscall(SYS_getdents64, directory, buffer, sizeof buffer) > 0);
    CHECK_EQ(syscall(SYS_getdents64, directory, buffer, sizeof buffer), 0);
    CHECK_EQ(lseek(directory, 0, SEEK_SET), 0);
    CHECK(syscall(SYS_getdents64, directory, buffer, sizeof buffer) > 0);
}

BEHAVIOUR(a_removed_directory_lists_nothing)
{
    CHECK_OK(mkdir("d", 0700));
    int directory = open("d", O_RDONLY | O_DIRECTORY);
    CHECK_OK(rmdir("d"));
    char buffer[1024];
    CHECK_ERRNO(syscall(SYS_getdents64, directory, buffer, sizeof buffer), ENOENT);
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
