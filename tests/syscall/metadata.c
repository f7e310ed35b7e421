// What is known about files besides their contents: stat, modes, owners, times, access, extended attributes.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static long extended_stat(int directory, const char* path, int flags, unsigned mask, struct statx* status)
{
    return syscall(SYS_statx, directory, path, flags, mask, status);
}

static mode_t mode_of(const char* path)
{
    struct stat status = { 0 };
    stat(path, &status);
    return status.st_mode & 07777;
}

BEHAVIOUR(the_ways_to_ask_for_a_status_agree)
{
    int file = open_file_with("a", "some text");
    struct stat one, two, three, four;
    CHECK_OK(stat("a", &one));
    CHECK_OK(lstat("a", &two));
    CHECK_OK(fstat(file, &three));
    CHECK_OK(fstatat(AT_FDCWD, "a", &four, 0));
    CHECK_EQ(memcmp(&one, &two, sizeof one), 0);
    CHECK_EQ(memcmp(&one, &three, sizeof one), 0);
    CHECK_EQ(memcmp(&one, &four, sizeof one), 0);
    CHECK_EQ(one.st_size, 9);
    CHECK_EQ(one.st_uid, geteuid());
    CHECK_EQ(one.st_blksize, 4096);
    CHECK(one.st_blocks <= 16);
}

BEHAVIOUR(stat_checks_what_it_is_given)
{
    struct stat status;
    open_file_with("a", "");
    CHECK_ERRNO(stat("missing", &status), ENOENT);
    CHECK_ERRNO(stat("", &status), ENOENT);
    CHECK_ERRNO(stat("a/b", &status), ENOTDIR);
    CHECK_ERRNO(stat("a/", &status), ENOTDIR);
    CHECK_ERRNO(fstat(-1, &status), EBADF);
    CHECK_ERRNO(fstatat(500, "a", &status, 0), EBADF);
    CHECK_ERRNO(fstatat(AT_FDCWD, "a", &status, 0x1), EINVAL);
    CHECK_ERRNO(syscall(SYS_stat, bad_pointer(), &status), EFAULT);
    CHECK_ERRNO(syscall(SYS_stat, "a", bad_pointer()), EFAULT);
    CHECK_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, "a", bad_pointer(), 0), EFAULT);
}

BEHAVIOUR(an_empty_path_names_the_descriptor)
{
    int file = open_file_with("a", "text");
    struct stat status, expected;
    CHECK_OK(fstat(file, &expected));
    CHECK_OK(fstatat(file, "", &status, AT_EMPTY_PATH));
    CHECK_EQ(status.st_ino, expected.st_ino);
    CHECK_ERRNO(fstatat(file, "", &status, 0), ENOENT);
    CHECK_OK(fstatat(AT_FDCWD, "", &status, AT_EMPTY_PATH));
    CHECK(S_ISDIR(status.st_mode));
}

BEHAVIOUR(statx_tells_what_stat_tells)
{
    int file = open_file_with("a", "some text");
    struct stat status;
    struct statx extended;
    CHECK_OK(fstat(file, &status));
    CHECK_OK(extended_stat(AT_FDCWD, "a", 0, STATX_BASIC_STATS, &extended));
    CHECK_EQ(extended.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    CHECK_EQ(extended.stx_size, 9);
    CHECK_EQ(extended.stx_ino, status.st_ino);
    CHECK_EQ(extended.stx_mode, status.st_mode);
    CHECK_EQ(extended.stx_nlink, 1);
    CHECK_EQ(extended.stx_uid, status.st_uid);
    CHECK_EQ(extended.stx_mtime.tv_sec, status.st_mtim.tv_sec);
    CHECK_EQ(extended.stx_mtime.tv_nsec, status.st_mtim.tv_nsec);
    CHECK_EQ(makedev(extended.stx_dev_major, extended.stx_dev_minor), status.st_dev);
    CHECK_OK(extended_stat(file, "", AT_EMPTY_PATH, STATX_SIZE, &extended));
    CHECK_EQ(extended.stx_size, 9);
}

BEHAVIOUR(statx_checks_what_it_is_given)
{
    struct statx extended;
    open_file_with("a", "");
    CHECK_ERRNO(extended_stat(AT_FDCWD, "missing", 0, STATX_ALL, &extended), ENOENT);
    CHECK_ERRNO(extended_stat(AT_FDCWD, "a", 0x1, STATX_ALL, &extended), EINVAL);
    CHECK_ERRNO(extended_stat(AT_FDCWD, "a", 0x6000 /* both kinds of sync */, STATX_ALL, &extended), EINVAL);
    CHECK_ERRNO(extended_stat(AT_FDCWD, "a", 0, 0x80000000u, &extended), EINVAL);
    CHECK_ERRNO(extended_stat(500, "a", 0, STATX_ALL, &extended), EBADF);
    CHECK_ERRNO(extended_stat(AT_FDCWD, "a", 0, STATX_ALL, bad_pointer()), EFAULT);
    CHECK_ERRNO(extended_stat(AT_FDCWD, bad_pointer(), 0, STATX_ALL, &extended), EFAULT);
}

BEHAVIOUR(chmod_changes_the_mode)
{
    int file = open_file_with("a", "");
    CHECK_OK(chmod("a", 0741));
    CHECK_EQ(mode_of("a"), 0741);
    CHECK_OK(fchmod(file, 04755));
    CHECK_EQ(mode_of("a"), 04755);
    CHECK_OK(symlink("a", "link"));
    CHECK_OK(chmod("link", 0600));
    CHECK_EQ(mode_of("a"), 0600);
    CHECK_OK(fchmodat(AT_FDCWD, "a", 0644, 0));
    CHECK_EQ(mode_of("a"), 0644);
}

BEHAVIOUR(chmod_checks_what_it_is_given)
{
    open_file_with("a", "");
    CHECK_ERRNO(chmod("missing", 0600), ENOENT);
    CHECK_ERRNO(chmod("a/b", 0600), ENOTDIR);
    CHECK_ERRNO(chmod(bad_pointer(), 0600), EFAULT);
    CHECK_ERRNO(fchmod(-1, 0600), EBADF);
    CHECK_ERRNO(syscall(SYS_fchmodat, 500, "a", 0600), EBADF);
}

BEHAVIOUR(chown_to_oneself_succeeds)
{
    int file = open_file_with("a", "");
    CHECK_OK(chown("a", getuid(), getgid()));
    CHECK_OK(fchown(file, (uid_t)-1, (gid_t)-1));
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(chown("link", (uid_t)-1, (gid_t)-1), ENOENT);
    CHECK_OK(lchown("link", getuid(), getgid()));
    CHECK_OK(fchownat(AT_FDCWD, "link", getuid(), getgid(), AT_SYMLINK_NOFOLLOW));
    CHECK_OK(fchownat(file, "", getuid(), getgid(), AT_EMPTY_PATH));
}

BEHAVIOUR(chown_checks_what_it_is_given)
{
    open_file_with("a", "");
    CHECK_ERRNO(chown("missing", 0, 0), ENOENT);
    CHECK_ERRNO(chown(bad_pointer(), 0, 0), EFAULT);
    CHECK_ERRNO(fchown(-1, 0, 0), EBADF);
    CHECK_ERRNO(fchownat(AT_FDCWD, "a", 0, 0, 0x1), EINVAL);
    CHECK_ERRNO(fchownat(500, "a", 0, 0, 0), EBADF);
}

BEHAVIOUR(writing_drops_the_set_user_bit_for_others_than_root)
{
    int file = open_file_with("a", "");
    CHECK_OK(chmod("a", 04755));
    CHECK_EQ(write(file, "x", 1), 1);
    say("mode %o", mode_of("a"));
}

BEHAVIOUR(utimensat_sets_the_times)
{
    open_file_with("a", "");
    struct timespec times[2] = { { 1000, 123456789 }, { 2000, 987654321 } };
    CHECK_OK(utimensat(AT_FDCWD, "a", times, 0));
    struct stat status;
    CHECK_OK(stat("a", &status));
    CHECK_EQ(status.st_atim.tv_sec, 1000);
    CHECK_EQ(status.st_atim.tv_nsec, 123456789);
    CHECK_EQ(status.st_mtim.tv_sec, 2000);
    CHECK_EQ(status.st_mtim.tv_nsec, 987654321);
    CHECK(status.st_ctim.tv_sec > 1600000000);
}

BEHAVIOUR(utimensat_can_omit_a_time_or_take_now)
{
    int file = open_file_with("a", "");
    struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
    CHECK_OK(futimens(file, times));
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = UTIME_NOW;
    CHECK_OK(futimens(file, times));
    struct stat status;
    CHECK_OK(stat("a", &status));
    CHECK_EQ(status.st_atim.tv_sec, 1000);
    CHECK(status.st_mtim.tv_sec > 1600000000);
    CHECK_OK(utimensat(AT_FDCWD, "a", NULL, 0));
    CHECK_OK(stat("a", &status));
    CHECK(status.st_atim.tv_sec > 1600000000);
}

BEHAVIOUR(utimensat_checks_what_it_is_given)
{
    struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
    int file = open_file_with("a", "");
    CHECK_ERRNO(utimensat(AT_FDCWD, "a", bad, 0), EINVAL);
    CHECK_ERRNO(utimensat(AT_FDCWD, "missing", NULL, 0), ENOENT);
    CHECK_ERRNO(utimensat(AT_FDCWD, "a", NULL, 0x1), EINVAL);
    CHECK_ERRNO(utimensat(AT_FDCWD, "a", bad_pointer(), 0), EFAULT);
    CHECK_ERRNO(utimensat(AT_FDCWD, bad_pointer(), NULL, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_utimensat, 500, NULL, NULL, 0), EBADF);
    CHECK_OK(syscall(SYS_utimensat, file, NULL, NULL, 0));
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(utimensat(AT_FDCWD, "link", NULL, 0), ENOENT);
    CHECK_OK(utimensat(AT_FDCWD, "link", NULL, AT_SYMLINK_NOFOLLOW));
}

BEHAVIOUR(the_old_ways_to_set_times_work)
{
    open_file_with("a", "");
    struct utimbuf buffer = { 111, 222 };
    struct timeval times[2] = { { 333, 5 }, { 444, 6 } };
    struct stat status;
    CHECK_OK(utime("a", &buffer));
    CHECK_OK(stat("a", &status));
    CHECK(status.st_atim.tv_sec == 111 && status.st_mtim.tv_sec == 222);
    CHECK_OK(utimes("a", times));
    CHECK_OK(stat("a", &status));
    CHECK(status.st_atim.tv_sec == 333 && status.st_mtim.tv_nsec == 6000);
    times[0].tv_usec = 1000000;
    CHECK_ERRNO(utimes("a", times), EINVAL);
}

BEHAVIOUR(writing_changes_the_times)
{
    int file = open_file_with("a", "");
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    CHECK_OK(futimens(file, old));
    CHECK_EQ(write(file, "x", 1), 1);
    struct stat status;
    CHECK_OK(fstat(file, &status));
    CHECK(status.st_mtim.tv_sec > 1600000000);
    CHECK_EQ(status.st_atim.tv_sec, 1000);
}

BEHAVIOUR(changing_a_directory_changes_its_times)
{
    CHECK_OK(mkdir("d", 0700));
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    CHECK_OK(utimensat(AT_FDCWD, "d", old, 0));
    CHECK_OK(close(open("d/a", O_WRONLY | O_CREAT, 0600)));
    struct stat status;
    CHECK_OK(stat("d", &status));
    CHECK(status.st_mtim.tv_sec > 1600000000);
}

BEHAVIOUR(access_tells_what_is_there)
{
    open_file_with("a", "");
    CHECK_OK(access("a", F_OK));
    CHECK_OK(access("a", R_OK | W_OK));
    CHECK_ERRNO(access("a", X_OK), EACCES);
    CHECK_OK(chmod("a", 0755));
    CHECK_OK(access("a", X_OK));
    CHECK_OK(access(".", R_OK | W_OK | X_OK));
}

BEHAVIOUR(access_checks_what_it_is_given)
{
    open_file_with("a", "");
    CHECK_OK(symlink("dangling", "link"));
    CHECK_ERRNO(access("missing", F_OK), ENOENT);
    CHECK_ERRNO(access("link", F_OK), ENOENT);
    CHECK_ERRNO(access("a/b", F_OK), ENOTDIR);
    CHECK_ERRNO(access("a", 0x77), EINVAL);
    CHECK_ERRNO(access(bad_pointer(), F_OK), EFAULT);
    CHECK_ERRNO(faccessat(500, "a", F_OK, 0), EBADF);
    CHECK_OK(faccessat(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
    CHECK_OK(faccessat(AT_FDCWD, "a", R_OK, AT_EACCESS));
    CHECK_ERRNO(syscall(439 /* faccessat2 */, AT_FDCWD, "a", F_OK, 0x1), EINVAL);
}

BEHAVIOUR(a_mode_without_permissions_hides_from_others_than_root)
{
    SKIP_IF(geteuid() == 0, "root may read everything");
    open_file_with("a", "text");
    CHECK_OK(chmod("a", 0));
    CHECK_ERRNO(open("a", O_RDONLY), EACCES);
    CHECK_OK(mkdir("d", 0));
    CHECK_ERRNO(open("d/x", O_RDONLY), EACCES);
}

BEHAVIOUR(mknod_makes_files_and_fifos)
{
    struct stat status;
    CHECK_OK(mknod("file", S_IFREG | 0640, 0));
    CHECK_OK(stat("file", &status));
    CHECK_EQ(status.st_mode, S_IFREG | 0640);
    CHECK_OK(mknod("plain", 0600, 0));
    CHECK_OK(mknod("fifo", S_IFIFO | 0600, 0));
    CHECK_OK(stat("fifo", &status));
    CHECK(S_ISFIFO(status.st_mode));
    CHECK_ERRNO(mknod("file", S_IFREG | 0600, 0), EEXIST);
    CHECK_ERRNO(mknod("d", S_IFDIR | 0700, 0), EPERM);
    CHECK_ERRNO(mknod("odd", 0770000 | 0600, 0), EINVAL);
    CHECK_ERRNO(mknod(bad_pointer(), S_IFREG | 0600, 0), EFAULT);
}

BEHAVIOUR(extended_attributes_are_kept)
{
    int file = open_file_with("a", "");
    int result = setxattr("a", "user.name", "value", 5, 0);
    SKIP_IF(result == -1 && errno == EOPNOTSUPP, "the file system has no extended attributes");
    CHECK_OK(result);
    char value[16];
    CHECK_EQ(getxattr("a", "user.name", NULL, 0), 5);
    CHECK_EQ(getxattr("a", "user.name", value, sizeof value), 5);
    CHECK_EQ(memcmp(value, "value", 5), 0);
    CHECK_EQ(fgetxattr(file, "user.name", value, sizeof value), 5);
    CHECK_EQ(lgetxattr("a", "user.name", value, sizeof value), 5);
    CHECK_ERRNO(getxattr("a", "user.name", value, 2), ERANGE);
    CHECK_ERRNO(getxattr("a", "user.other", value, sizeof value), ENODATA);
    CHECK_ERRNO(setxattr("a", "user.name", "x", 1, XATTR_CREATE), EEXIST);
    CHECK_ERRNO(setxattr("a", "user.other", "x", 1, XATTR_REPLACE), ENODATA);
    CHECK_OK(fsetxattr(file, "user.name", "x", 1, XATTR_REPLACE));
    char names[64];
    ssize_t size = listxattr("a", names, sizeof names);
    CHECK(size >= 10 && memmem(names, (size_t)size, "user.name", 10));
    CHECK_OK(removexattr("a", "user.name"));
    CHECK_ERRNO(removexattr("a", "user.name"), ENODATA);
}

BEHAVIOUR(extended_attributes_check_what_they_are_given)
{
    open_file_with("a", "");
    char value[4], name[300];
    memset(name, 'n', sizeof name);
    memcpy(name, "user.", 5);
    name[sizeof name - 1] = 0;
    CHECK_ERRNO(setxattr("a", "user.x", "y", 1, 0x77), EINVAL);
    CHECK_ERRNO(setxattr("missing", "user.x", "y", 1, 0), ENOENT);
    CHECK_ERRNO(setxattr("a", name, "y", 1, 0), ERANGE);
    CHECK_ERRNO(setxattr("a", "", "y", 1, 0), ERANGE);
    CHECK_ERRNO(setxattr("a", "nonsense", "y", 1, 0), EOPNOTSUPP);
    CHECK_ERRNO(setxattr("a", "user.x", bad_pointer(), 1, 0), EFAULT);
    CHECK_ERRNO(getxattr("a", bad_pointer(), value, 4), EFAULT);
    CHECK_ERRNO(fgetxattr(-1, "user.x", value, 4), EBADF);
    CHECK_ERRNO(setxattr("a", "user.x", value, 70000, 0), E2BIG);
}
