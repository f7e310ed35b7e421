// Directories: making, walking, listing.
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

static void touch(const char* name) { close(open_file_with(name, name)); }

static ino_t inode_of(const char* name)
{
    struct stat status;
    return lstat(name, &status) == 0 ? status.st_ino : 0;
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
