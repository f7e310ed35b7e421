// Calls that move data between descriptors, and the newer relatives of read, write and open.
#include "tests/support/behaviour.h"
#include "tests/support/signal_notes.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long open2(const char* path, uint64_t flags, uint64_t resolve)
{
    struct open_how how = { .flags = flags, .resolve = resolve };
    return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

BEHAVIOUR(sendfile_moves_from_a_file_to_a_file)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", "");
    CHECK_EQ(lseek(in, 2, SEEK_SET), 2);
    CHECK_EQ(sendfile(out, in, NULL, 4), 4);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 6);
    off_t offset = 8;
    CHECK_EQ(sendfile(out, in, &offset, 100), 2);
    CHECK_EQ(offset, 10);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 6);
    CHECK_EQ(sendfile(out, in, &offset, 100), 0);
    CHECK(file_contains("out", "234589"));
}

BEHAVIOUR(sendfile_moves_to_sockets_and_pipes)
{
    int in = open_file_with("in", "0123456789"), pair[2], ends[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(pipe(ends));
    off_t offset = 0;
    char text[16];
    CHECK_EQ(sendfile(pair[0], in, &offset, 10), 10);
    CHECK_EQ(read(pair[1], text, 16), 10);
    CHECK_EQ(sendfile(ends[1], in, NULL, 5), 5);
    CHECK_EQ(read(ends[0], text, 16), 5);
    CHECK_EQ(memcmp(text, "01234", 5), 0);
}

BEHAVIOUR(sendfile_to_a_socket_stops_when_that_is_full)
{
    const size_t size = 4 << 20;
    char* bytes = calloc(1, size);
    int in = open_file_with("in", ""), pair[2];
    CHECK_EQ(write(in, bytes, size), (long)size);
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    off_t offset = 100;
    long sent = sendfile(pair[0], in, &offset, size);
    CHECK(sent > 0 && sent < (long)size - 100);
    CHECK_EQ(offset, sent + 100);
    CHECK_ERRNO(sendfile(pair[0], in, &offset, size), EAGAIN);
    CHECK_EQ(offset, sent + 100);
    long received = 0, count;
    while ((count = read(pair[1], bytes, size)) > 0)
        received += count;
    CHECK_EQ(received, sent);
    free(bytes);
}

BEHAVIOUR(sendfile_to_a_socket_goes_on_at_the_files_own_position)
{
    int in = open_file_with("in", "0123456789"), pair[2];
    char text[16];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(lseek(in, 2, SEEK_SET), 2);
    CHECK_EQ(sendfile(pair[0], in, NULL, 3), 3);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 5);
    CHECK_EQ(sendfile(pair[0], in, NULL, 100), 5);
    CHECK_EQ(sendfile(pair[0], in, NULL, 100), 0);
    CHECK_EQ(read(pair[1], text, 16), 8);
    CHECK_EQ(memcmp(text, "23456789", 8), 0);
}

BEHAVIOUR(sendfile_to_a_socket_without_a_peer_raises_sigpipe_once)
{
    int in = open_file_with("in", "0123456789"), pair[2];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(close(pair[1]));
    handle(SIGPIPE, count, 0);
    off_t offset = 0;
    CHECK_ERRNO(sendfile(pair[0], in, &offset, 10), EPIPE);
    CHECK_EQ(deliveries, 1);
    CHECK_EQ(offset, 0);
    handle(SIGUSR1, count, 0);
    CHECK_OK(kill(getpid(), SIGUSR1));
    CHECK_EQ(deliveries, 1); // of SIGUSR1 alone: handle() forgets those before
}

BEHAVIOUR(sendfile_to_a_socket_sends_what_a_shared_mapping_has_written)
{
    int in = open_file_with("in", "0123456789"), pair[2];
    char text[16];
    CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    char* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, in, 0);
    CHECK(shared != MAP_FAILED);
    memcpy(shared, "abc", 3);
    off_t offset = 0;
    CHECK_EQ(sendfile(pair[0], in, &offset, 10), 10);
    CHECK_EQ(read(pair[1], text, 16), 10);
    CHECK_EQ(memcmp(text, "abc3456789", 10), 0);
}

BEHAVIOUR(sendfile_checks_what_it_is_given)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", ""), ends[2];
    off_t negative = -1;
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(sendfile(-1, in, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, -1, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(open("in", O_RDONLY), in, NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, open("out", O_WRONLY), NULL, 1), EBADF);
    CHECK_ERRNO(sendfile(out, in, &negative, 1), EINVAL);
    CHECK_ERRNO(sendfile(out, in, bad_pointer(), 1), EFAULT);
    CHECK_ERRNO(sendfile(open("out", O_WRONLY | O_APPEND), in, NULL, 1), EINVAL);
    off_t offset = 0;
    CHECK_ERRNO(sendfile(out, ends[0], &offset, 1), ESPIPE);
    CHECK_EQ(sendfile(out, in, NULL, 0), 0);
    CHECK_EQ(sendfile(ends[1], ends[0], NULL, 0), 0);
    CHECK_EQ(sendfile(ends[1], open(".", O_RDONLY), NULL, 0), 0);
    CHECK_ERRNO(sendfile(ends[1], ends[0], NULL, 1), EINVAL);
}

BEHAVIOUR(copy_file_range_copies)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", "ABCDEFGHIJ");
    loff_t from = 2, to = 5;
    CHECK_EQ(copy_file_range(in, &from, out, &to, 3, 0), 3);
    CHECK(from == 5 && to == 8);
    CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
    CHECK(file_contains("out", "ABCDE234IJ"));
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 100, 0), 10);
    CHECK_EQ(copy_file_range(in, NULL, out, NULL, 100, 0), 0);
    CHECK(file_contains("out", "0123456789"));
}

BEHAVIOUR(copy_file_range_checks_what_it_is_given)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", ""), ends[2];
    CHECK_OK(pipe(ends));
    loff_t from = 0, to = 2;
    CHECK_ERRNO(copy_file_range(-1, NULL, out, NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(in, NULL, open("out", O_RDONLY), NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(in, NULL, open("out", O_WRONLY | O_APPEND), NULL, 1, 0), EBADF);
    CHECK_ERRNO(copy_file_range(in, NULL, out, NULL, 1, 0x77), EINVAL);
    CHECK_ERRNO(copy_file_range(in, NULL, ends[1], NULL, 1, 0), EINVAL);
    CHECK_ERRNO(copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 1, 0), EISDIR);
    CHECK_ERRNO(copy_file_range(in, &from, in, &to, 5, 0), EINVAL);
}

BEHAVIOUR(splice_moves_between_a_file_and_a_pipe)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", ""), ends[2];
    CHECK_OK(pipe(ends));
    loff_t offset = 3;
    CHECK_EQ(splice(in, &offset, ends[1], NULL, 4, 0), 4);
    CHECK_EQ(offset, 7);
    CHECK_EQ(splice(ends[0], NULL, out, NULL, 100, 0), 4);
    CHECK(file_contains("out", "3456"));
    CHECK_ERRNO(splice(ends[0], NULL, out, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
}

BEHAVIOUR(splice_checks_what_it_is_given)
{
    int in = open_file_with("in", "0123456789"), out = open_file_with("out", ""), ends[2];
    CHECK_OK(pipe(ends));
    loff_t offset = 0;
    CHECK_ERRNO(splice(in, NULL, out, NULL, 4, 0), EINVAL);
    CHECK_ERRNO(splice(-1, NULL, ends[1], NULL, 4, 0), EBADF);
    CHECK_ERRNO(splice(in, NULL, ends[0], NULL, 4, 0), EBADF);
    CHECK_ERRNO(splice(in, NULL, ends[1], &offset, 4, 0), ESPIPE);
    CHECK_ERRNO(splice(in, NULL, ends[1], NULL, 4, 0x77), EINVAL);
    CHECK_EQ(splice(in, NULL, ends[1], NULL, 0, 0), 0);
}

BEHAVIOUR(tee_copies_without_taking)
{
    int one[2], two[2];
    CHECK_OK(pipe(one));
    CHECK_OK(pipe(two));
    CHECK_EQ(write(one[1], "text", 4), 4);
    CHECK_EQ(tee(one[0], two[1], 100, 0), 4);
    char text[8];
    CHECK_EQ(read(two[0], text, 8), 4);
    CHECK_EQ(read(one[0], text, 8), 4);
    CHECK_EQ(memcmp(text, "text", 4), 0);
    CHECK_ERRNO(tee(one[0], two[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(tee(one[0], one[1], 10, 0), EINVAL);
    CHECK_ERRNO(tee(open_file_with("a", ""), two[1], 10, 0), EINVAL);
}

BEHAVIOUR(vmsplice_writes_memory_to_a_pipe)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct iovec vector = { "text", 4 };
    CHECK_EQ(vmsplice(ends[1], &vector, 1, 0), 4);
    char text[8];
    CHECK_EQ(read(ends[0], text, 8), 4);
    CHECK_EQ(memcmp(text, "text", 4), 0);
    CHECK_ERRNO(vmsplice(open_file_with("a", ""), &vector, 1, 0), EBADF);
}

BEHAVIOUR(preadv2_and_pwritev2_take_flags_and_the_current_offset)
{
    int file = open_file_with("a", "0123456789");
    char text[4] = { 0 };
    struct iovec in = { text, 3 }, out = { "XY", 2 };
    CHECK_EQ(lseek(file, 4, SEEK_SET), 4);
    CHECK_EQ(preadv2(file, &in, 1, -1, 0), 3);
    CHECK_EQ(memcmp(text, "456", 3), 0);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 7);
    CHECK_EQ(preadv2(file, &in, 1, 0, 0), 3);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 7);
    CHECK_EQ(pwritev2(file, &out, 1, 0, RWF_APPEND), 2);
    CHECK_EQ(lseek(file, 0, SEEK_END), 12);
    CHECK_EQ(pwritev2(file, &out, 1, 0, RWF_SYNC), 2);
    CHECK(file_contains("a", "XY23456789XY"));
    CHECK_ERRNO(preadv2(file, &in, 1, 0, 0x40000000), EOPNOTSUPP);
    CHECK_ERRNO(pwritev2(file, &out, 1, 0, 0x40000000), EOPNOTSUPP);
    int directory = open(".", O_RDONLY);
    CHECK_ERRNO(preadv2(directory, &in, 1, 0, 0), EISDIR);
    CHECK_ERRNO(preadv2(directory, &in, 1, 0, RWF_SYNC), EOPNOTSUPP);
}

BEHAVIOUR(openat2_restricts_the_walk)
{
    CHECK_OK(mkdir("d", 0700));
    open_file_with("d/a", "text");
    CHECK_OK(symlink("a", "d/link"));
    long file = open2("d/a", O_RDONLY, 0);
    SKIP_IF(file == -1 && errno == ENOSYS, "the kernel has no openat2");
    CHECK_OK(file);
    CHECK_OK(open2("d/link", O_RDONLY, RESOLVE_BENEATH));
    CHECK_ERRNO(open2("d/link", O_RDONLY, RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK_ERRNO(open2("../x", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(open2("/dev/null", O_RDONLY, RESOLVE_BENEATH), EXDEV);
    CHECK_OK(open2("/d/a", O_RDONLY, RESOLVE_IN_ROOT));
}

BEHAVIOUR(openat2_checks_what_it_is_given)
{
    struct open_how how = { .flags = O_RDONLY };
    SKIP_IF(open2(".", O_RDONLY, 0) == -1 && errno == ENOSYS, "the kernel has no openat2");
    CHECK_ERRNO(open2(".", O_RDONLY, 0x100000), EINVAL);
    CHECK_ERRNO(open2(".", (uint64_t)1 << 40, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &how, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", bad_pointer(), sizeof how), EFAULT);
    CHECK_ERRNO(syscall(SYS_openat2, 500, "x", &how, sizeof how), EBADF);
    how.mode = 0600;
    CHECK_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how), EINVAL);
}

BEHAVIOUR(a_process_can_read_its_own_memory_by_number)
{
    char source[8] = "source", target[8] = { 0 };
    struct iovec local = { target, 7 }, remote = { source, 7 };
    CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), 7);
    CHECK(strcmp(target, "source") == 0);
    CHECK_ERRNO(process_vm_readv(0x7ffffff0, &local, 1, &remote, 1, 0), ESRCH);
    CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &remote, 1, 1), EINVAL);
    remote.iov_base = bad_pointer();
    CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
}

static int copy_through_pipe(int in, int out, size_t size)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    while (size) {
        ssize_t moved = splice(in, NULL, ends[1], NULL, size < 65536 ? size : 65536, 0);
        if (moved <= 0 || splice(ends[0], NULL, out, NULL, (size_t)moved, 0) != moved)
            return -1;
        size -= (size_t)moved;
    }
    return 0;
}

BEHAVIOUR(a_megabyte_passes_through_sendfile_and_splice_unchanged)
{
    const size_t size = 1 << 20;
    char *bytes = malloc(size), *again = malloc(size);
    for (size_t i = 0; i < size; ++i)
        bytes[i] = (char)(i * 31 + (i >> 10));
    int in = open_file_with("in", ""), out = open_file_with("out", "");
    CHECK_EQ(write(in, bytes, size), (long)size);
    off_t offset = 0;
    while (offset < (off_t)size)
        CHECK(sendfile(out, in, &offset, size - (size_t)offset) > 0);
    CHECK_EQ(pread(out, again, size, 0), (long)size);
    CHECK(memcmp(bytes, again, size) == 0);
    memset(again, 0, size);
    int spliced = open_file_with("spliced", "");
    CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
    CHECK_OK(copy_through_pipe(in, spliced, size));
    CHECK_EQ(pread(spliced, again, size, 0), (long)size);
    CHECK(memcmp(bytes, again, size) == 0);
    free(bytes);
    free(again);
}

BEHAVIOUR(vmsplice_takes_what_can_be_read)
{
    int ends[2];
    CHECK_OK(pipe(ends));
    struct iovec vector = { page_before_a_hole(), 8192 };
    CHECK_EQ(vmsplice(ends[1], &vector, 1, 0), 4096);
    vector.iov_base = (char*)vector.iov_base + 4096;
    CHECK_ERRNO(vmsplice(ends[1], &vector, 1, 0), EFAULT);
}

BEHAVIOUR(objects_of_messages_are_no_part_of_a_splice)
{
    int ends[2];
    int event = eventfd(1, EFD_NONBLOCK);
    int file = open_file_with("bytes", "0123456789");
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(splice(event, NULL, ends[1], NULL, 8, 0), EINVAL);
    CHECK_ERRNO(sendfile(ends[1], event, NULL, 8), EINVAL);
    CHECK_ERRNO(sendfile(event, file, NULL, 8), EINVAL);
    CHECK_ERRNO(sendfile(ends[1], ends[0], NULL, 8), EINVAL);
    CHECK_EQ(write(ends[1], "12345678", 8), 8);
    CHECK_ERRNO(splice(ends[0], NULL, event, NULL, 8, 0), EINVAL);
}

BEHAVIOUR(offsets_are_read_before_files_are_looked_at)
{
    CHECK_ERRNO(sendfile(-1, -1, bad_pointer(), 8), EFAULT);
    int directory = open(".", O_RDONLY);
    CHECK_ERRNO(copy_file_range(directory, bad_pointer(), directory, NULL, 8, 99), EFAULT);
    CHECK_EQ(splice(-1, NULL, -1, NULL, 0, 0x80), 0);
}

BEHAVIOUR(a_transfer_that_must_not_wait_tells_so)
{
    int ends[2];
    char bytes[4];
    struct iovec vector = { bytes, 4 };
    CHECK_OK(pipe(ends));
    CHECK_ERRNO(preadv2(ends[0], &vector, 1, -1, RWF_NOWAIT), EAGAIN);
    vector.iov_base = "abcd";
    CHECK_EQ(pwritev2(ends[1], &vector, 1, -1, RWF_NOWAIT), 4);
    vector.iov_base = bytes;
    CHECK_EQ(preadv2(ends[0], &vector, 1, -1, RWF_NOWAIT), 4);
    CHECK(memcmp(bytes, "abcd", 4) == 0);
}

BEHAVIOUR(odd_sizes_are_judged_before_the_kind_of_file)
{
    int memory = memfd_create("m", 0), file = open_file_with("a", "text"), directory = open(".", O_RDONLY);
    char byte = 'x', records[2048];
    struct iovec nothing = { &byte, 0 }, something = { &byte, 1 };
    CHECK_EQ(read(file, (void*)0x7ffffffff000, 0), 0);
    CHECK_EQ(vmsplice(file, &nothing, 1, 0), 0);
    CHECK_ERRNO(vmsplice(file, &something, 1, 0), EBADF);
    CHECK_ERRNO(vmsplice(file, bad_pointer(), 1, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_getdents64, directory, records, 0x80000000u), EINVAL);
    CHECK_ERRNO(readahead(memory, 0, (size_t)1 << 63), EINVAL);
    CHECK_ERRNO(fallocate(memory, 0x10, 10000, INT64_MAX), EFBIG);
    CHECK_ERRNO(fallocate(file, 0, 10000, INT64_MAX), EFBIG);
}
