#include "enclave/syscall/io.h"

#include "enclave/memory/buffers.h"
#include "enclave/process/process.h"
#include "enclave/process/shared_views.h"
#include "enclave/syscall/file_size_limit.h"

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

constexpr int kHiPri = 1, kDsync = 2, kSync = 4, kAppend = 16; // RWF_HIPRI and so on; 8 is RWF_NOWAIT

Result<> check_flags(Thread& caller, int fd, int64_t offset, int flags)
{
    if (offset < kAtFileOffset)
        return Errno::Einval;
    if (offset != kAtFileOffset)
        TRY(check_positions(caller, fd));
    if (flags & ~(kHiPri | kDsync | kSync | kAppend))
        return Errno::Eopnotsupp;
    return {};
}

Result<> sync_if_asked(File& file, int flags)
{
    return flags & (kDsync | kSync) && file.has_positions() ? file.sync(!(flags & kSync)) : Result<> {};
}

Result<size_t> append(Thread& caller, int fd, uint64_t vector, int64_t count, bool moves_position)
{
    auto file = TRY(caller.writable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Source source(segments.span());
    if (!source.size())
        return size_t { 0 };
    TRY(check_file_size_limit_at_end(caller, *file, source));
    return with_sigpipe(caller, file->append(source, moves_position));
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

Result<size_t> with_sigpipe(Thread& caller, Result<size_t> result)
{
    if (result.is_error() && result.error() == Errno::Epipe) {
        SignalInfo info;
        info.signal = kSigPipe;
        info.code = kSiUser;
        (void)caller.process().send_signal_to(caller, info);
    }
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
    return with_sigpipe(caller, write_file(caller.process(), *file, source, {}));
}

// pread(2)
Result<size_t> sys_pread64(Thread& caller, int fd, UserBytes buffer, size_t size, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.readable_file(fd));
    return read_file(caller.process(), *file, TRY(user_sink(buffer, size)), static_cast<uint64_t>(offset));
}

// pwrite(2)
Result<size_t> sys_pwrite64(Thread& caller, int fd, UserBytes buffer, size_t size, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.writable_file(fd));
    auto source = TRY(user_source(buffer, size));
    TRY(check_file_size_limit(caller, *file, static_cast<uint64_t>(offset), source));
    return with_sigpipe(caller, write_file(caller.process(), *file, source, static_cast<uint64_t>(offset)));
}

// readv(2)
Result<size_t> sys_readv(Thread& caller, int fd, uint64_t vector, int64_t count)
{
    auto file = TRY(caller.readable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Sink sink(segments.span());
    return sink.size() ? read_file(caller.process(), *file, sink, {}) : Result<size_t>(size_t { 0 });
}

// writev(2)
Result<size_t> sys_writev(Thread& caller, int fd, uint64_t vector, int64_t count)
{
    auto file = TRY(caller.writable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Source source(segments.span());
    TRY(check_file_size_limit(caller, *file, {}, source));
    return source.size() ? with_sigpipe(caller, write_file(caller.process(), *file, source, {}))
                         : Result<size_t>(size_t { 0 });
}

// preadv(2)
Result<size_t> sys_preadv(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.readable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    return read_file(caller.process(), *file, Sink(segments.span()), static_cast<uint64_t>(offset));
}

// pwritev(2)
Result<size_t> sys_pwritev(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset)
{
    TRY(check_offset(offset));
    TRY(check_positions(caller, fd));
    auto file = TRY(caller.writable_file(fd));
    auto segments = TRY(read_iovec(vector, count));
    Source source(segments.span());
    TRY(check_file_size_limit(caller, *file, static_cast<uint64_t>(offset), source));
    return with_sigpipe(caller, write_file(caller.process(), *file, source, static_cast<uint64_t>(offset)));
}

// preadv2(2)
Result<size_t> sys_preadv2(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t, int flags)
{
    TRY(check_flags(caller, fd, offset, flags));
    return offset == kAtFileOffset ? sys_readv(caller, fd, vector, count)
                                   : sys_preadv(caller, fd, vector, count, offset);
}

// pwritev2(2)
Result<size_t> sys_pwritev2(Thread& caller, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t, int flags)
{
    TRY(check_flags(caller, fd, offset, flags));
    bool is_at_own = offset == kAtFileOffset;
    auto written = TRY(flags & kAppend ? append(caller, fd, vector, count, is_at_own)
            : is_at_own                ? sys_writev(caller, fd, vector, count)
                                       : sys_pwritev(caller, fd, vector, count, offset));
    TRY(sync_if_asked(*TRY(caller.file(fd)), flags));
    return written;
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
    TRY(check_file_size_limit(caller, static_cast<uint64_t>(offset) + static_cast<uint64_t>(size)));
    return file->allocate(mode, static_cast<uint64_t>(offset), static_cast<uint64_t>(size));
}

} // namespace farl
