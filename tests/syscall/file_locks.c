// Record locks and flock.
#include "tests/support/behaviour.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

BEHAVIOUR(a_record_lock_is_kept_by_its_owner)
{
    int file = open_file_with("a", "0123456789");
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 3 };
    CHECK_OK(fcntl(file, F_SETLK, &lock));
    struct flock query = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    CHECK_OK(fcntl(file, F_GETLK, &query));
    CHECK_EQ(query.l_type, F_UNLCK);
    lock.l_type = F_UNLCK;
    CHECK_OK(fcntl(file, F_SETLK, &lock));
}

BEHAVIOUR(record_locks_check_what_they_are_given)
{
    open_file_with("a", "0123456789");
    int reader = open("a", O_RDONLY), writer = open("a", O_WRONLY);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    CHECK_ERRNO(fcntl(reader, F_SETLK, &lock), EBADF);
    lock.l_type = F_RDLCK;
    CHECK_ERRNO(fcntl(writer, F_SETLK, &lock), EBADF);
    CHECK_OK(fcntl(reader, F_SETLK, &lock));
    lock.l_type = 77;
    CHECK_ERRNO(fcntl(reader, F_SETLK, &lock), EINVAL);
    lock.l_type = F_RDLCK;
    lock.l_whence = 77;
    CHECK_ERRNO(fcntl(reader, F_SETLK, &lock), EINVAL);
    lock.l_whence = SEEK_SET;
    lock.l_start = -5;
    CHECK_ERRNO(fcntl(reader, F_SETLK, &lock), EINVAL);
    CHECK_ERRNO(fcntl(-1, F_SETLK, &lock), EBADF);
    CHECK_ERRNO(fcntl(reader, F_SETLK, bad_pointer()), EFAULT);
    CHECK_ERRNO(fcntl(reader, F_GETLK, bad_pointer()), EFAULT);
}

BEHAVIOUR(open_file_description_locks_conflict_within_a_process)
{
#ifdef F_OFD_SETLK
    int one = open_file_with("a", "0123456789"), two = open("a", O_RDWR);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    CHECK_OK(fcntl(one, F_OFD_SETLK, &lock));
    CHECK_ERRNO(fcntl(two, F_OFD_SETLK, &lock), EAGAIN);
    struct flock query = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    CHECK_OK(fcntl(two, F_OFD_GETLK, &query));
    CHECK_EQ(query.l_type, F_WRLCK);
    CHECK_EQ(query.l_pid, -1);
    CHECK_OK(close(one));
    CHECK_OK(fcntl(two, F_OFD_SETLK, &lock));
    lock.l_pid = 1;
    CHECK_ERRNO(fcntl(two, F_OFD_SETLK, &lock), EINVAL);
#endif
}

BEHAVIOUR(flock_conflicts_between_two_opens)
{
    int one = open_file_with("a", ""), two = open("a", O_RDONLY);
    CHECK_OK(flock(one, LOCK_EX));
    CHECK_ERRNO(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_ERRNO(flock(two, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    CHECK_OK(flock(one, LOCK_SH));
    CHECK_OK(flock(two, LOCK_SH | LOCK_NB));
    CHECK_ERRNO(flock(one, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_OK(flock(two, LOCK_UN));
    CHECK_OK(flock(one, LOCK_EX | LOCK_NB));
}

BEHAVIOUR(flock_belongs_to_the_open_file_not_to_the_descriptor)
{
    int one = open_file_with("a", ""), copy = dup(one), two = open("a", O_RDONLY);
    CHECK_OK(flock(one, LOCK_EX));
    CHECK_OK(flock(copy, LOCK_EX | LOCK_NB));
    CHECK_OK(close(one));
    CHECK_ERRNO(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK_OK(close(copy));
    CHECK_OK(flock(two, LOCK_EX | LOCK_NB));
}

BEHAVIOUR(flock_checks_what_it_is_given)
{
    int file = open_file_with("a", "");
    CHECK_ERRNO(flock(-1, LOCK_EX), EBADF);
    CHECK_ERRNO(flock(file, 0), EINVAL);
    CHECK_ERRNO(flock(file, LOCK_SH | LOCK_EX), EINVAL);
    CHECK_ERRNO(flock(file, LOCK_NB), EINVAL);
}

BEHAVIOUR(the_range_of_a_lock_is_checked)
{
    int fd = open_file_with("locked", "0123456789");
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_MAX, .l_len = 2 };
    CHECK_ERRNO(fcntl(fd, F_SETLK, &lock), EOVERFLOW);
    lock = (struct flock) { .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -11, .l_len = 2 };
    CHECK_ERRNO(fcntl(fd, F_SETLK, &lock), EINVAL);
    lock = (struct flock) { .l_type = 77, .l_whence = SEEK_SET, .l_start = INT64_MAX, .l_len = 2 };
    CHECK_ERRNO(fcntl(fd, F_SETLK, &lock), EOVERFLOW);
    lock = (struct flock) { .l_type = F_UNLCK, .l_whence = SEEK_SET };
    CHECK_ERRNO(fcntl(fd, F_GETLK, &lock), EINVAL);
}

BEHAVIOUR(every_object_can_be_locked)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    CHECK_OK(fcntl(ends[1], F_SETLK, &lock));
    CHECK_ERRNO(fcntl(ends[0], F_SETLK, &lock), EBADF);
    CHECK_OK(fcntl(ends[1], F_GETLK, &lock));
    CHECK_EQ(lock.l_type, F_UNLCK);
    CHECK_OK(flock(ends[0], LOCK_EX | LOCK_NB));
    CHECK_OK(flock(ends[0], LOCK_UN));
}

struct waiting {
    int file;
    int outcome;
    volatile int is_done;
};

static void* lock_it(void* argument)
{
    struct waiting* waiting = argument;
    waiting->outcome = flock(waiting->file, LOCK_EX);
    waiting->is_done = 1;
    return NULL;
}

BEHAVIOUR(flock_waits_for_who_holds_it)
{
    int one = open_file_with("a", ""), two = open("a", O_RDONLY);
    CHECK_OK(flock(one, LOCK_EX));
    struct waiting waiting = { .file = two };
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, lock_it, &waiting), 0);
    usleep(50000);
    CHECK_EQ(waiting.is_done, 0);
    CHECK_OK(flock(one, LOCK_UN));
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(waiting.outcome, 0);
    CHECK_ERRNO(flock(one, LOCK_SH | LOCK_NB), EWOULDBLOCK);
}

BEHAVIOUR(a_part_of_a_lock_can_be_given_up)
{
#ifdef F_OFD_SETLK
    int one = open_file_with("a", "0123456789"), two = open("a", O_RDWR);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    CHECK_OK(fcntl(one, F_OFD_SETLK, &lock));
    lock.l_type = F_UNLCK, lock.l_start = 4, lock.l_len = 2;
    CHECK_OK(fcntl(one, F_OFD_SETLK, &lock));
    lock.l_type = F_WRLCK;
    CHECK_OK(fcntl(two, F_OFD_SETLK, &lock));
    lock.l_start = 3;
    CHECK_ERRNO(fcntl(two, F_OFD_SETLK, &lock), EAGAIN);
    struct flock query = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 4 };
    CHECK_OK(fcntl(two, F_OFD_GETLK, &query));
    CHECK_EQ(query.l_type, F_WRLCK);
    CHECK_EQ(query.l_start, 6);
    CHECK_EQ(query.l_len, 4);
    query = (struct flock) { .l_type = F_RDLCK, .l_whence = SEEK_END };
    CHECK_OK(fcntl(two, F_OFD_GETLK, &query));
    CHECK_EQ(query.l_type, F_UNLCK);
#endif
}
