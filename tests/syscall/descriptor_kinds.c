// What calls about files do with descriptors of other kinds: pipes, sockets, eventfds, O_PATH.
#include "tests/support/behaviour.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef FIGETBSZ
#define FIGETBSZ 2
#endif
#ifndef F_SETSIG
#define F_SETSIG 10
#define F_GETSIG 11
#endif

#define ANONYMOUS_KINDS 4

// An eventfd, a timerfd, a signalfd and an epoll set.
static void open_anonymous(int (*numbers)[ANONYMOUS_KINDS])
{
    sigset_t none;
    sigemptyset(&none);
    (*numbers)[0] = eventfd(0, EFD_NONBLOCK);
    (*numbers)[1] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    (*numbers)[2] = signalfd(-1, &none, SFD_NONBLOCK);
    (*numbers)[3] = epoll_create1(0);
}

BEHAVIOUR(lseek_of_an_object_without_a_file_stays_at_zero)
{
    int numbers[ANONYMOUS_KINDS];
    open_anonymous(&numbers);
    for (int i = 0; i < ANONYMOUS_KINDS; ++i) {
        CHECK_EQ(lseek(numbers[i], 100, SEEK_SET), 0);
        CHECK_EQ(lseek(numbers[i], 0, SEEK_CUR), 0);
    }
}

BEHAVIOUR(lseek_checks_whence_before_the_kind)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(lseek(ends[0], 0, 5), EINVAL);
    CHECK_ERRNO(lseek(ends[0], 0, -1), EINVAL);
    CHECK_ERRNO(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
    int zero = open("/dev/zero", O_RDONLY);
    CHECK_ERRNO(lseek(zero, 0, 77), EINVAL);
}

BEHAVIOUR(pread_of_a_pipe_is_espipe_before_anything_else)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    char byte;
    struct iovec vector = { bad_pointer(), 1 };
    CHECK_ERRNO(pread(ends[1], &byte, 1, 0), ESPIPE);
    CHECK_ERRNO(pwrite(ends[0], &byte, 1, 0), ESPIPE);
    CHECK_ERRNO(pread(ends[0], bad_pointer(), 1, 0), ESPIPE);
    CHECK_ERRNO(preadv(ends[0], &vector, 1, 0), ESPIPE);
    CHECK_ERRNO(preadv(ends[0], &vector, -1, 0), ESPIPE);
    CHECK_ERRNO(pwritev(ends[0], bad_pointer(), 1, 0), ESPIPE);
    CHECK_ERRNO(pread(ends[0], &byte, 1, -1), EINVAL);
}

BEHAVIOUR(pread_of_an_object_without_a_file_is_espipe)
{
    int numbers[ANONYMOUS_KINDS];
    open_anonymous(&numbers);
    char bytes[8];
    for (int i = 0; i < ANONYMOUS_KINDS; ++i) {
        CHECK_ERRNO(pread(numbers[i], bytes, 8, 0), ESPIPE);
        CHECK_ERRNO(pwrite(numbers[i], bytes, 8, 0), ESPIPE);
    }
}

BEHAVIOUR(a_vector_without_bytes_transfers_nothing)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_OK(close(ends[0]));
    struct iovec empty = { NULL, 0 };
    CHECK_EQ(writev(ends[1], NULL, 0), 0);
    CHECK_EQ(writev(ends[1], &empty, 1), 0);
    CHECK_EQ(readv(open(".", O_RDONLY), NULL, 0), 0);
    CHECK_EQ(writev(eventfd(0, 0), &empty, 1), 0);
}

BEHAVIOUR(fstatfs_tells_the_kind_of_what_has_no_file)
{
    int ends[2], pair[2], numbers[ANONYMOUS_KINDS];
    struct statfs status;
    CHECK_OK(pipe(ends));
    CHECK_OK(fstatfs(ends[0], &status));
    CHECK_EQ(status.f_type, 0x50495045);
    CHECK_EQ(status.f_bsize, 4096);
    CHECK_EQ(status.f_namelen, 255);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(fstatfs(pair[0], &status));
    CHECK_EQ(status.f_type, 0x534f434b);
    open_anonymous(&numbers);
    for (int i = 0; i < ANONYMOUS_KINDS; ++i) {
        CHECK_OK(fstatfs(numbers[i], &status));
        CHECK_EQ(status.f_type, 0x09041934);
    }
    CHECK_ERRNO(fstatfs(ends[0], bad_pointer()), EFAULT);
}

BEHAVIOUR(fchmod_of_a_pipe_is_seen_by_fstat)
{
    int ends[2];
    struct stat status;
    CHECK_OK(pipe(ends));
    CHECK_OK(fchmod(ends[0], 0640));
    CHECK_OK(fstat(ends[1], &status));
    CHECK_EQ(status.st_mode, S_IFIFO | 0640);
}

BEHAVIOUR(fchmod_of_a_socket_is_seen_by_fstat)
{
    struct stat status;
    int number = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_OK(fchmod(number, 0600));
    CHECK_OK(fstat(number, &status));
    CHECK_EQ(status.st_mode, S_IFSOCK | 0600);
}

BEHAVIOUR(a_unix_socket_gets_its_mode_from_the_umask)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "masked" };
    struct stat status;
    mode_t before = umask(0027);
    int number = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_OK(bind(number, (struct sockaddr*)&name, sizeof name));
    umask(before);
    CHECK_OK(stat("masked", &status));
    CHECK_EQ(status.st_mode, S_IFSOCK | 0750);
    CHECK_OK(fstat(number, &status));
    CHECK_EQ(status.st_mode, S_IFSOCK | 0777);
    CHECK_OK(unlink("masked"));
}

BEHAVIOUR(a_pipe_has_no_attributes_of_users)
{
    int ends[2];
    char value[8];
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(fgetxattr(ends[0], "user.one", value, 8), ENODATA);
    CHECK_ERRNO(fsetxattr(ends[0], "user.one", "x", 1, 0), EPERM);
    CHECK_ERRNO(fremovexattr(ends[0], "user.one"), EPERM);
    CHECK_ERRNO(fgetxattr(ends[0], "strange.one", value, 8), EOPNOTSUPP);
}

BEHAVIOUR(attribute_calls_look_for_the_attribute_before_the_room)
{
    close(open_file_with("attributed", "text"));
    CHECK_ERRNO(getxattr("attributed", "user.none", bad_pointer(), 100), ENODATA);
    CHECK_ERRNO(getxattr("no such file", "user.none", bad_pointer(), 100), ENOENT);
    CHECK_ERRNO(listxattr("no such file", bad_pointer(), 100), ENOENT);
    CHECK_ERRNO(getxattr("attributed", "", NULL, 0), ERANGE);
    CHECK_ERRNO(getxattr("attributed", bad_pointer(), NULL, 0), EFAULT);
    CHECK_ERRNO(setxattr("attributed", "user.one", "x", 65537, 0), E2BIG);
    CHECK_ERRNO(setxattr("attributed", "user.one", "x", 1, 4), EINVAL);
}

BEHAVIOUR(a_path_descriptor_is_no_descriptor_for_most_calls)
{
    close(open_file_with("named", "text"));
    int number = open("named", O_PATH);
    char bytes[64];
    struct stat status;
    struct statfs system;
    fd_set set;
    CHECK_ERRNO(read(number, bytes, 1), EBADF);
    CHECK_ERRNO(ioctl(number, FIONREAD, bytes), EBADF);
    CHECK_ERRNO(fsync(number), EBADF);
    CHECK_ERRNO(fchmod(number, 0600), EBADF);
    CHECK_ERRNO(fgetxattr(number, "user.one", bytes, 8), EBADF);
    CHECK_ERRNO(flock(number, LOCK_SH), EBADF);
    CHECK_ERRNO(lseek(number, 0, SEEK_CUR), EBADF);
    CHECK_ERRNO(inotify_add_watch(number, ".", IN_CREATE), EBADF);
    CHECK_ERRNO(timerfd_settime(number, 0, &(struct itimerspec) { 0 }, NULL), EBADF);
    CHECK_ERRNO(listen(number, 1), EBADF);
    CHECK_ERRNO(epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, number, &(struct epoll_event) { 0 }), EBADF);
    CHECK_OK(fstat(number, &status));
    CHECK_OK(fstatfs(number, &system));
    CHECK_OK(close(dup(number)));
    FD_ZERO(&set);
    FD_SET(number, &set);
    CHECK_EQ(select(number + 1, &set, NULL, NULL, &(struct timeval) { 0 }), 1);
}

BEHAVIOUR(a_path_descriptor_keeps_only_the_flags_of_paths)
{
    close(open_file_with("flagged", "text"));
    int number = open("flagged", O_PATH | O_RDWR | O_APPEND | O_NONBLOCK);
    CHECK_EQ(fcntl(number, F_GETFL), O_PATH);
    CHECK_EQ(fcntl(open("/dev/null", O_PATH | O_RDWR | O_NONBLOCK), F_GETFL), O_PATH);
    CHECK(file_contains("flagged", "text"));
}

BEHAVIOUR(epoll_refuses_what_is_always_ready)
{
    int set = epoll_create1(0);
    struct epoll_event event = { .events = EPOLLIN };
    int file = open_file_with("ready", "text");
    CHECK_ERRNO(epoll_ctl(set, EPOLL_CTL_ADD, file, &event), EPERM);
    CHECK_ERRNO(epoll_ctl(set, EPOLL_CTL_MOD, file, &event), EPERM);
    CHECK_ERRNO(epoll_ctl(set, EPOLL_CTL_DEL, file, NULL), EPERM);
    CHECK_ERRNO(epoll_ctl(set, 77, file, &event), EPERM);
    CHECK_ERRNO(epoll_ctl(set, EPOLL_CTL_ADD, open(".", O_RDONLY), &event), EPERM);
    CHECK_ERRNO(epoll_ctl(set, EPOLL_CTL_ADD, open("/dev/null", O_RDONLY), &event), EPERM);
    CHECK_ERRNO(epoll_ctl(file, EPOLL_CTL_ADD, eventfd(0, 0), &event), EINVAL);
}

BEHAVIOUR(select_clears_the_bits_behind_its_count)
{
    int ends[2];
    fd_set set;
    CHECK_OK(pipe(ends));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    memset(&set, 0, sizeof set);
    FD_SET(ends[0], &set);
    FD_SET(62, &set);
    CHECK(ends[0] < 60);
    CHECK_EQ(select(ends[0] + 1, &set, NULL, NULL, &(struct timeval) { 0 }), 1);
    CHECK(FD_ISSET(ends[0], &set));
    CHECK(!FD_ISSET(62, &set));
}

BEHAVIOUR(the_owner_and_signal_of_a_pipe_are_remembered)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    CHECK_EQ(fcntl(ends[0], F_GETOWN), 0);
    CHECK_OK(fcntl(ends[0], F_SETOWN, getpid()));
    CHECK_EQ(fcntl(ends[0], F_GETOWN), getpid());
    CHECK_EQ(fcntl(ends[0], F_GETSIG), 0);
    CHECK_OK(fcntl(ends[0], F_SETSIG, SIGUSR1));
    CHECK_EQ(fcntl(ends[0], F_GETSIG), SIGUSR1);
    CHECK_ERRNO(fcntl(ends[0], F_SETSIG, 65), EINVAL);
    CHECK_EQ(fcntl(ends[0], F_GETLEASE), F_UNLCK);
    CHECK_ERRNO(fcntl(ends[0], F_NOTIFY, DN_CREATE), ENOTDIR);
}

BEHAVIOUR(o_async_stays_only_where_there_is_something_to_tell)
{
    int file = open_file_with("silent", "text"), ends[2], on = 1;
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(ioctl(file, FIOASYNC, &on), ENOTTY);
    CHECK_OK(fcntl(file, F_SETFL, O_ASYNC));
    CHECK_EQ(fcntl(file, F_GETFL) & O_ASYNC, 0);
    CHECK_OK(ioctl(ends[0], FIOASYNC, &on));
    CHECK_EQ(fcntl(ends[0], F_GETFL) & O_ASYNC, O_ASYNC);
}

BEHAVIOUR(o_direct_is_refused_where_it_means_nothing)
{
    CHECK_ERRNO(fcntl(socket(AF_INET, SOCK_DGRAM, 0), F_SETFL, O_DIRECT), EINVAL);
    CHECK_ERRNO(fcntl(eventfd(0, 0), F_SETFL, O_DIRECT), EINVAL);
}

BEHAVIOUR(only_the_writer_of_a_packet_pipe_shows_it)
{
    int ends[2];
    CHECK_OK(pipe2(ends, O_DIRECT));
    CHECK_EQ(fcntl(ends[0], F_GETFL), O_RDONLY);
    CHECK_EQ(fcntl(ends[1], F_GETFL), O_WRONLY | O_DIRECT);
}

BEHAVIOUR(seals_need_a_descriptor_for_writing)
{
    int file = open_file_with("unsealed", "text");
    CHECK_ERRNO(fcntl(open("unsealed", O_RDONLY), F_ADD_SEALS, F_SEAL_GROW), EPERM);
    CHECK_ERRNO(fcntl(file, F_GET_SEALS), EINVAL);
}

BEHAVIOUR(figetbsz_tells_the_block_size)
{
    int file = open_file_with("blocks", "text"), size = 0;
    struct statfs status;
    CHECK_OK(fstatfs(file, &status));
    CHECK_OK(ioctl(file, FIGETBSZ, &size));
    CHECK_EQ(size, status.f_bsize);
    CHECK_OK(ioctl(eventfd(0, 0), FIGETBSZ, &size));
    CHECK_EQ(size, 4096);
    CHECK_ERRNO(ioctl(file, FIGETBSZ, bad_pointer()), EFAULT);
}

BEHAVIOUR(fallocate_checks_its_mode_before_the_kind)
{
    int ends[2], file = open_file_with("allocated", "text");
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(fallocate(-1, 0, -1, 0), EBADF);
    CHECK_ERRNO(fallocate(ends[1], 0, 0, 0), EINVAL);
    CHECK_ERRNO(fallocate(ends[1], 0x8000, 0, 1), EOPNOTSUPP);
    CHECK_ERRNO(fallocate(ends[1], 0, 0, 1), ESPIPE);
    CHECK_ERRNO(fallocate(file, 2, 0, 1), EOPNOTSUPP); // a hole, but the size may change
    CHECK_ERRNO(fallocate(open("allocated", O_RDONLY), 0, 0, 1), EBADF);
    CHECK_ERRNO(fallocate(socket(AF_INET, SOCK_DGRAM, 0), 0, 0, 1), ENODEV);
}

BEHAVIOUR(copy_file_range_wants_regular_files)
{
    int ends[2], file = open_file_with("copied", "text"), directory = open(".", O_RDONLY);
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(copy_file_range(ends[0], NULL, file, NULL, 1, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(ends[1], NULL, file, NULL, 1, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(directory, NULL, file, NULL, 1, 0), EISDIR);
    CHECK_ERRNO(copy_file_range(file, NULL, directory, NULL, 1, 0), EISDIR);
    CHECK_ERRNO(copy_file_range(file, NULL, open("copied", O_RDONLY), NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(file, NULL, file, NULL, 1, 1), EINVAL);
}

BEHAVIOUR(sendfile_takes_from_files_only)
{
    int ends[2], pair[2], file = open_file_with("sent", "text");
    off_t offset = 0;
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    CHECK_ERRNO(sendfile(file, pair[0], NULL, 1), EINVAL);
    CHECK_ERRNO(sendfile(file, pair[0], &offset, 1), ESPIPE);
    CHECK_ERRNO(sendfile(file, ends[0], NULL, 1), EINVAL);
    CHECK_ERRNO(sendfile(open("sent", O_RDONLY), file, NULL, 1), EBADF);
    CHECK_EQ(sendfile(pair[1], file, &offset, 100), 4);
}

BEHAVIOUR(splice_refuses_an_offset_for_what_has_no_positions)
{
    int ends[2], pair[2], file = open_file_with("spliced", "text");
    off64_t offset = 0;
    CHECK_OK(pipe2(ends, O_NONBLOCK));
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    CHECK_ERRNO(splice(pair[0], &offset, ends[1], NULL, 1, 0), EINVAL);
    CHECK_ERRNO(splice(ends[0], NULL, pair[0], &offset, 1, 0), EINVAL);
    CHECK_ERRNO(splice(file, NULL, ends[1], &offset, 1, 0), ESPIPE);
    CHECK_ERRNO(splice(ends[0], &offset, file, NULL, 1, 0), ESPIPE);
    CHECK_EQ(tee(-1, -1, 0, 0), 0);
}

BEHAVIOUR(getdents_of_a_file_is_enotdir_whatever_its_mode)
{
    char bytes[512];
    close(open_file_with("plain", "text"));
    CHECK_ERRNO(getdents64(open("plain", O_WRONLY), bytes, sizeof bytes), ENOTDIR);
    CHECK_ERRNO(getdents64(eventfd(0, 0), bytes, sizeof bytes), ENOTDIR);
}

BEHAVIOUR(mknod_checks_the_type_before_the_path)
{
    CHECK_ERRNO(mknod("no/such", S_IFDIR | 0700, 0), EPERM);
    CHECK_ERRNO(mknod("no/such", S_IFLNK | 0700, 0), EINVAL);
    CHECK_ERRNO(mknod("no/such", 0170000, 0), EINVAL);
    CHECK_ERRNO(mknod("no/such", S_IFREG, 0), ENOENT);
}

BEHAVIOUR(inotify_needs_some_bit_it_knows)
{
    int watcher = inotify_init1(IN_NONBLOCK);
    CHECK_ERRNO(inotify_add_watch(watcher, ".", 0), EINVAL);
    CHECK_ERRNO(inotify_add_watch(-1, ".", 0), EINVAL);
    CHECK_ERRNO(inotify_add_watch(eventfd(0, 0), ".", IN_CREATE), EINVAL);
    CHECK_ERRNO(inotify_add_watch(watcher, "no such file", IN_ONLYDIR), ENOENT);
    CHECK_OK(inotify_add_watch(watcher, ".", IN_ONESHOT));
}

BEHAVIOUR(accept_and_connect_check_in_the_order_of_linux)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    CHECK_ERRNO(accept4(-1, NULL, NULL, 1), EBADF);
    CHECK_ERRNO(accept4(eventfd(0, 0), NULL, NULL, 1), EINVAL);
    CHECK_ERRNO(accept4(eventfd(0, 0), NULL, NULL, 0), ENOTSOCK);
    CHECK_ERRNO(connect(-1, (struct sockaddr*)&name, 1000), EBADF);
    CHECK_ERRNO(connect(eventfd(0, 0), (struct sockaddr*)&name, 1000), EINVAL);
    CHECK_ERRNO(connect(eventfd(0, 0), bad_pointer(), 16), EFAULT);
    CHECK_ERRNO(connect(eventfd(0, 0), (struct sockaddr*)&name, sizeof name), ENOTSOCK);
}
