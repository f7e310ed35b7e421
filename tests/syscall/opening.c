// Opening files: flags, modes, names, bad paths.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

BEHAVIOUR(open_of_a_missing_file_fails)
{
    CHECK_ERRNO(open("missing", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("missing/below", O_RDONLY | O_CREAT, 0600), ENOENT);
}

BEHAVIOUR(open_creates_a_file_with_the_mode_less_the_umask)
{
    umask(027);
    CHECK_OK(open("a", O_WRONLY | O_CREAT, 0666));
    struct stat status;
    CHECK_OK(stat("a", &status));
    CHECK_EQ(status.st_mode, S_IFREG | 0640);
    CHECK_EQ(status.st_size, 0);
    CHECK_EQ(status.st_nlink, 1);
}

BEHAVIOUR(open_with_o_excl_refuses_an_existing_file)
{
    open_file_with("a", "text");
    CHECK_ERRNO(open("a", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(open("link", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK(file_contains("a", "text"));
}

BEHAVIOUR(open_through_a_dangling_link_creates_its_target)
{
    CHECK_OK(symlink("target", "link"));
    CHECK_ERRNO(open("link", O_RDWR), ENOENT);
    CHECK_OK(open("link", O_RDWR | O_CREAT, 0600));
    CHECK_OK(access("target", F_OK));
}

BEHAVIOUR(open_with_o_trunc_empties_the_file)
{
    open_file_with("a", "some text");
    CHECK_OK(open("a", O_WRONLY | O_TRUNC));
    CHECK(file_contains("a", ""));
}

BEHAVIOUR(open_of_a_path_through_a_file_fails)
{
    open_file_with("a", "x");
    CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a/..", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

BEHAVIOUR(open_of_a_directory_for_writing_fails)
{
    CHECK_OK(mkdir("d", 0755));
    CHECK_ERRNO(open("d", O_WRONLY), EISDIR);
    CHECK_ERRNO(open("d", O_RDWR), EISDIR);
    CHECK_ERRNO(open("d", O_RDONLY | O_CREAT, 0600), EISDIR);
    CHECK_ERRNO(open("new/", O_RDONLY | O_CREAT, 0600), EISDIR);
}

BEHAVIOUR(open_with_o_creat_and_o_directory_never_creates_a_file)
{
    errno = 0;
    CHECK(open("new", O_RDONLY | O_CREAT | O_DIRECTORY, 0600) == -1);
    say("errno %d", errno);
    CHECK_ERRNO(access("new", F_OK), ENOENT);
}

BEHAVIOUR(open_with_o_nofollow_refuses_a_link)
{
    open_file_with("a", "x");
    CHECK_OK(symlink("a", "link"));
    CHECK_ERRNO(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_OK(open("a", O_RDONLY | O_NOFOLLOW));
}

BEHAVIOUR(open_of_too_long_a_name_fails)
{
    char name[NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[NAME_MAX + 1] = 0;
    CHECK_ERRNO(open(name, O_RDWR | O_CREAT, 0600), ENAMETOOLONG);
    name[NAME_MAX] = 0;
    CHECK_OK(open(name, O_RDWR | O_CREAT, 0600));
    CHECK_OK(unlink(name));
}

BEHAVIOUR(open_of_too_long_a_path_fails)
{
    static char path[PATH_MAX + 8];
    for (int i = 0; i < PATH_MAX; i += 2)
        memcpy(path + i, "./", 2);
    path[PATH_MAX] = 0;
    CHECK_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
    path[PATH_MAX - 1] = 0;
    CHECK_OK(open(path, O_RDONLY));
}

BEHAVIOUR(open_with_a_bad_path_pointer_fails)
{
    CHECK_ERRNO(open(bad_pointer(), O_RDONLY), EFAULT);
    CHECK_ERRNO(open(kernel_pointer(), O_RDONLY), EFAULT);
    char* page = page_before_a_hole();
    memset(page, 'x', 4096);
    CHECK_ERRNO(open(page + 4000, O_RDONLY), EFAULT);
}

BEHAVIOUR(a_path_may_end_just_before_an_unmapped_page)
{
    open_file_with("name", "x");
    char* page = page_before_a_hole();
    memcpy(page + 4096 - 5, "name", 5);
    CHECK_OK(open(page + 4096 - 5, O_RDONLY));
}

BEHAVIOUR(open_gives_the_lowest_free_descriptor)
{
    int first = open_file_with("a", "");
    int second = dup(first);
    int third = dup(first);
    CHECK(first < second && second < third);
    close(second);
    CHECK_EQ(open("a", O_RDONLY), second);
}

BEHAVIOUR(openat_is_relative_to_its_directory)
{
    CHECK_OK(mkdir("d", 0755));
    int directory = open("d", O_RDONLY | O_DIRECTORY);
    CHECK_OK(openat(directory, "inner", O_RDWR | O_CREAT, 0600));
    CHECK_OK(access("d/inner", F_OK));
    CHECK_OK(openat(-1, "/dev/null", O_RDONLY));
}

BEHAVIOUR(openat_checks_its_directory)
{
    int file = open_file_with("a", "x");
    CHECK_ERRNO(openat(file, "b", O_RDONLY), ENOTDIR);
    CHECK_ERRNO(openat(-1, "b", O_RDONLY), EBADF);
    CHECK_ERRNO(openat(777, "b", O_RDONLY), EBADF);
    CHECK_ERRNO(openat(AT_FDCWD, "b", O_RDONLY), ENOENT);
    CHECK_ERRNO(openat(777, "", O_RDONLY), ENOENT);
}

BEHAVIOUR(o_path_descriptors_name_but_do_not_read)
{
    open_file_with("a", "text");
    int path = open("a", O_PATH);
    CHECK_OK(path);
    char byte;
    CHECK_ERRNO(read(path, &byte, 1), EBADF);
    CHECK_ERRNO(write(path, "x", 1), EBADF);
    CHECK_ERRNO(lseek(path, 0, SEEK_SET), EBADF);
    CHECK_ERRNO(ftruncate(path, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_fchmod, path, 0600), EBADF);
    struct stat status;
    CHECK_OK(fstat(path, &status));
    CHECK_EQ(status.st_size, 4);
    CHECK_EQ(fcntl(path, F_GETFL) & O_PATH, O_PATH);
}

BEHAVIOUR(o_tmpfile_makes_a_file_without_a_name)
{
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    SKIP_IF(file == -1 && errno == EOPNOTSUPP, "the file system has no O_TMPFILE");
    CHECK_OK(file);
    CHECK_EQ(write(file, "text", 4), 4);
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK_EQ(status.st_nlink, 0);
    CHECK_EQ(status.st_mode, S_IFREG | 0600);
    char link_name[64];
    snprintf(link_name, sizeof link_name, "/proc/self/fd/%d", file);
    CHECK_OK(linkat(AT_FDCWD, link_name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    CHECK(file_contains("named", "text"));
}

BEHAVIOUR(o_tmpfile_needs_a_directory_and_write_access)
{
    open_file_with("a", "");
    CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    CHECK_ERRNO(open("a", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
    CHECK_ERRNO(open("missing", O_TMPFILE | O_RDWR, 0600), ENOENT);
}

BEHAVIOUR(creat_truncates_and_opens_for_writing_only)
{
    open_file_with("a", "text");
    int file = creat("a", 0600);
    char byte;
    CHECK_OK(file);
    CHECK_ERRNO(read(file, &byte, 1), EBADF);
    CHECK(file_contains("a", ""));
}
