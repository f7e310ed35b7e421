#include "enclave/syscall/io.h"

#include "enclave/memory/buffers.h"
#include "enclave/net/socket.h"
#include "enclave/process/process.h"
#include "enclave/process/shared_views.h"
#include "enclave/syscall/file_size_limit.h"

#include <limits.h>

namespace farl {

namespace {

// pread(2) and its relatives: ESPIPE goes before the access mode.
Result<> check_positions(Thread& caller, int fd)
{
    return TRY(caller.file(fd))->has_positions() ? Result<> {} : Errno::Espipe;
}

constexpr int64_t kAtFileOffset = -1; // preadv2(2): use and change the file's own offset

Result<> check_offset(int64_t offset)
{
    if (offset < 0)
        return Errno::Einval;
    return {};
}

// What begins at an offset also ends at one.
Result<> check_end(std::optional<int64_t> offset, size_t size)
{
    return offset && size > static_cast<uint64_t>(INT64_MAX - *offset) ? Errno::Einval : Result<> {};
}

constexpr int kHiPri = 1, kDsync = 2, kSync = 4, kNoWait = 8, kAppend = 16; // RWF_HIPRI and so on

// RWF_NOWAIT: what inside objects know. A long write may find too little room later, and then it would wait.
Result<> check_without_waiting(File& file, uint32_t events, size_t size)
{
    if (file.has_positions())
        return {};
    if (!file.ready_source() || (file.is_writable() && size > PIPE_BUF && !file.is_nonblocking()))
        return Errno::Eopnotsupp;
    return file.ready_events() & events ? Result<> {} : Errno::Eagain;
}

Result<> check_flags(File& file, int flags, uint32_t events, size_t size)
{
    auto known = file.is_directory() ? kHiPri : kHiPri | kDsync | kSync | kNoWait | kAppend;
    if (flags & ~known)
        return Errno::Eopnotsupp;
    return flags & kNoWait ? check_without_waiting(file, events, size) : Result<> {};
}

// Devices have nothing to store.
Result<> sync_if_asked(File& file, int flags)
{
    if (!(flags & (kDsync | kSync)) || !file.has_positions())
        return {};
    auto synced = file.sync(!(flags & kSync));
    return synced.is_error() && synced.error() == Errno::Einval ? Result<> {} : std::move(synced);
}

std::optional<uint64_t> place(std::optional<int64_t> offset)
{
    return offset ? std::optional(static_cast<uint64_t>(*offset)) : std::nullopt;
}

// readv(2) and its relatives; without an offset at the file's own.
Result<size_t> read_vector(
    Thread& caller, int fd, uint64_t vector, int64_t count, std::optional<int64_t> offset, int flags)
{
    if (offset)
        TRY(check_positions(caller, fd));
    auto file = TRY(caller.readable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Sink sink(segments.span());
    if (!sink.size())
        return size_t { 0 };
    TRY(check_end(offset, sink.size()));
    TRY(check_flags(*file, flags, kPollIn | kPollHup, sink.size()));
    return read_file(caller.process(), *file, sink, place(offset));
}

Result<size_t> append(Thread& caller, File& file, Source& source, bool moves_position)
{
    TRY(check_file_size_limit_at_end(caller, file, source));
    return file.append(source, moves_position);
}

Result<size_t> write_vector(
    Thread& caller, int fd, uint64_t vector, int64_t count, std::optional<int64_t> offset, int flags)
{
    if (offset)
        TRY(check_positions(caller, fd));
    auto file = TRY(caller.writable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Source source(segments.span());
    if (!source.size())
        return size_t { 0 };
    TRY(check_end(offset, source.size()));
    TRY(check_flags(*file, flags, kPollOut | kPollErr, source.size()));
    if (flags & kAppend)
        return with_sigpipe(caller, *file, append(caller, *file, source, !offset));
    TRY(check_file_size_limit(caller, *file, place(offset), source));
    auto written = TRY(with_sigpipe(caller, *file, write_file(caller.process(), *file, source, place(offset))));
    TRY(sync_if_asked(*file, flags));
    return written;
}

// fallocate(2): one thing at a time; a hole never changes the size
Result<> check_allocation_mode(int mode)
{
    constexpr int kKeepSize = 1, kPunchHole = 2, kCollapse = 8, kZero = 0x10, kInsert = 0x20, kUnshare = 0x40;
    bool keeps_size = mode & kKeepSize;
    switch (mode & ~kKeepSize) {
    case 0:
    case kZero:
    case kUnshare:
        return {};
    case kPunchHole:
        return keeps_size ? Result<> {} : Errno::Eopnotsupp;
    case kCollapse:
    case kInsert:
        return keeps_size ? Errno::Eopnotsupp : Result<> {};
    default:
        return Errno::Eopnotsupp;
    }
}

} // namespace

Result<size_t> with_sigpipe(Thread& caller, File& file, Result<size_t> result)
{
    auto* socket = file.as_socket();
    bool is_stream = !socket || socket->type() == SOCK_STREAM;
    if (result.is_error() && result.error() == Errno::Epipe && is_stream)
        caller.process().raise(caller, kSigPipe);
    return result;
}

// read(2)
Result<size_t> sys_read(Thread& caller, int fd, UserBytes buffer, size_t size)
{
    auto file = TRY(caller.readable_file(fd));
    return read_file(caller.process(), *file, TRY(user_sink(buffer, size)), {});
}

// write(2)
Result<size_t> sys_write(Thread& caller, int fd, UserBytes buffer, size_t size)
{
    auto file = TRY(caller.writable_file(fd));
    auto source = TRY(user_source(buffer, size));
    TRY(check_file_size_limit(caller, *file, {}, source));
    return with_sigpipe(caller, *file, write_file(caller.process(), *file, source, {}));
}

// pread(2)
Result<size_t> sys_pread64(Thread& caller, int fd, UserBytes buffer, size_t size, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.readable_file(fd));
    auto sink = TRY(user_sink(buffer, size));
    TRY(check_end(offset, size));
    return read_file(caller.process(), *file, sink, static_cast<uint64_t>(offset));
}

// pwrite(2)
Result<size_t> sys_pwrite64(Thread& caller, int fd, UserBytes buffer, size_t size, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.writable_file(fd));
    auto source = TRY(user_source(buffer, size));
    TRY(check_end(offset, size));
    TRY(check_file_size_limit(caller, *file, static_cast<uint64_t>(offset), source));
    return with_sigpipe(caller, *file, write_file(caller.process(), *file, source, static_cast<uint64_t>(offset)));
}

// readv(2)
Result<size_t> sys_readv(Thread& caller, int fd, uint64_t vector, int64_t count)
{
    return read_vector(caller, fd, vector, count, {}, 0);
}

// writev(2)
Result<size_t> sys_writev(Thread& caller, int fd, uint64_t vector, int64_t count)
{
    return write_vector(caller, fd, vector, count, {}, 0);
}

// preadv(2)
Result<size_t> sys_preadv(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset)
{
    TRY(check_offset(offset));
    return read_vector(caller, fd, vector, count, offset, 0);
}

// pwritev(2)
Result<size_t> sys_pwritev(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset)
{
    TRY(check_offset(offset));
    return write_vector(caller, fd, vector, count, offset, 0);
}

// preadv2(2)
Result<size_t> sys_preadv2(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t, int flags)
{
    if (offset == kAtFileOffset)
        return read_vector(caller, fd, vector, count, {}, flags);
    TRY(check_offset(offset));
    return read_vector(caller, fd, vector, count, offset, flags);
}

// pwritev2(2)
Result<size_t> sys_pwritev2(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t, int flags)
{
    if (offset == kAtFileOffset)
        return write_vector(caller, fd, vector, count, {}, flags);
    TRY(check_offset(offset));
    return write_vector(caller, fd, vector, count, offset, flags);
}

// lseek(2)
Result<uint64_t> sys_lseek(Thread& caller, int fd, int64_t offset, int whence)
{
    auto file = TRY(caller.file(fd));
    if (whence < SEEK_SET || whence > SEEK_HOLE)
        return Errno::Einval;
    return file->seek(offset, whence);
}

// fsync(2)
Result<> sys_fsync(Thread& caller, int fd) { return TRY(caller.file(fd))->sync(false); }

// fdatasync(2)
Result<> sys_fdatasync(Thread& caller, int fd) { return TRY(caller.file(fd))->sync(true); }

// ftruncate(2)
Result<> sys_ftruncate(Thread& caller, int fd, int64_t size)
{
    if (size < 0)
        return Errno::Einval;
    auto file = TRY(caller.file(fd));
    if (!file->is_writable())
        return Errno::Einval;
    TRY(check_file_size_limit(caller, static_cast<uint64_t>(size)));
    return truncate_file(caller.process(), *file, static_cast<uint64_t>(size));
}

// fallocate(2)
Result<> sys_fallocate(Thread& caller, int fd, int mode, int64_t offset, int64_t size)
{
    auto file = TRY(caller.file(fd));
    if (offset < 0 || size <= 0)
        return Errno::Einval;
    TRY(check_allocation_mode(mode));
    if (!file->is_writable())
        return Errno::Ebadf;
    if (file->is_pipe())
        return Errno::Espipe;
    if (size > INT64_MAX - offset)
        return Errno::Efbig;
    TRY(check_file_size_limit(caller, static_cast<uint64_t>(offset) + static_cast<uint64_t>(size)));
    return file->allocate(mode, static_cast<uint64_t>(offset), static_cast<uint64_t>(size));
}

} // namespace farl
