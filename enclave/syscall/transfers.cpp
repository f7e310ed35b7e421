#include "enclave/syscall/transfers.h"

#include "enclave/memory/buffers.h"
#include "enclave/process/process.h"
#include "enclave/syscall/io.h"
#include "enclave/vfs/copy.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr uint32_t kSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

bool is_negative(size_t size) { return static_cast<int64_t>(size) < 0; }

size_t at_most_one_transfer(size_t size) { return size < kMostTransfer ? size : kMostTransfer; }

// The offset that goes with a file: none given is the file's own.
Result<std::optional<uint64_t>> read_offset(File& file, UserInOut<int64_t> offset, Errno without = Errno::Espipe)
{
    if (!offset)
        return std::optional<uint64_t> {};
    if (!file.has_positions())
        return without;
    auto value = TRY(offset.read());
    if (value < 0)
        return Errno::Einval;
    return std::optional<uint64_t>(static_cast<uint64_t>(value));
}

Result<> write_offset(UserInOut<int64_t> offset, CopyEnd const& end)
{
    return offset ? offset.write(static_cast<int64_t>(*end.offset)) : Result<> {};
}

Result<> check_regular(File& one, File& other)
{
    uint32_t modes[] { TRY(one.status()).st_mode, TRY(other.status()).st_mode };
    if (S_ISDIR(modes[0]) || S_ISDIR(modes[1]))
        return Errno::Eisdir;
    return S_ISREG(modes[0]) && S_ISREG(modes[1]) ? Result<> {} : Errno::Einval;
}

// copy_file_range(2): ranges of one file must not overlap
Result<> check_overlap(CopyEnd const& from, CopyEnd const& to, size_t size)
{
    auto one = TRY(from.file.status());
    auto other = TRY(to.file.status());
    if (one.st_dev != other.st_dev || one.st_ino != other.st_ino)
        return {};
    auto start = from.offset ? *from.offset : TRY(from.file.seek(0, SEEK_CUR));
    auto target = to.offset ? *to.offset : TRY(to.file.seek(0, SEEK_CUR));
    auto distance = start < target ? target - start : start - target;
    return distance < size ? Errno::Einval : Result<> {};
}

// The one process there is, by the number of any of its threads.
Result<> check_own_process(Thread& caller, int pid, uint64_t flags)
{
    if (flags)
        return Errno::Einval;
    auto& process = caller.process();
    if (pid != process.pid())
        (void)TRY(process.find_thread(pid));
    return {};
}

// As much as fits and can be touched; EFAULT if that is nothing.
Result<size_t> copy_memory(Source const& from, Sink const& to)
{
    constexpr size_t kPiece = 16 * 1024;
    auto size = std::min(from.size(), to.size());
    Vector<char> buffer;
    TRY(buffer.resize(std::min(size, kPiece)));
    size_t done = 0;
    while (done < size) {
        auto part = from.accessible_size(done, std::min(size - done, kPiece));
        if (!part || from.copy_to(done, buffer.data(), part).is_error())
            break;
        if (to.copy_from(done, buffer.data(), part).is_error())
            break;
        done += part;
    }
    return done || !size ? Result<size_t>(done) : Errno::Efault;
}

// Whether a call that must not wait would have to.
bool would_wait(File& file, uint32_t flags, uint32_t events)
{
    bool must_not_wait = flags & SPLICE_F_NONBLOCK;
    return must_not_wait && file.host_descriptor() < 0 && !(file.ready_events() & events);
}

} // namespace

// sendfile(2)
Result<size_t> sys_sendfile(Thread& caller, int out, int in, UserInOut<int64_t> offset, size_t size)
{
    auto source = TRY(caller.readable_file(in));
    auto start = TRY(read_offset(*source, offset));
    auto target = TRY(caller.writable_file(out));
    bool is_possible = source->has_positions() ? !source->is_directory() : target->is_pipe();
    if ((target->status_flags() & O_APPEND) || !is_possible || is_negative(size))
        return Errno::Einval;
    CopyEnd from { *source, start }, to { *target };
    auto copied = copy_between(from, to, at_most_one_transfer(size));
    TRY(write_offset(offset, from));
    return with_sigpipe(caller, std::move(copied));
}

// copy_file_range(2)
Result<size_t> sys_copy_file_range(Thread& caller, int in, UserInOut<int64_t> in_offset, int out,
    UserInOut<int64_t> out_offset, size_t size, uint32_t flags)
{
    auto source = TRY(caller.file(in));
    auto target = TRY(caller.file(out));
    if (flags)
        return Errno::Einval;
    TRY(check_regular(*source, *target));
    if (!source->is_readable() || !target->is_writable() || (target->status_flags() & O_APPEND))
        return Errno::Ebadf;
    CopyEnd from { *source, TRY(read_offset(*source, in_offset)) };
    CopyEnd to { *target, TRY(read_offset(*target, out_offset)) };
    size = at_most_one_transfer(size);
    TRY(check_overlap(from, to, size));
    auto copied = TRY(copy_between(from, to, size));
    TRY(write_offset(in_offset, from));
    TRY(write_offset(out_offset, to));
    return copied;
}

// splice(2)
Result<size_t> sys_splice(Thread& caller, int in, UserInOut<int64_t> in_offset, int out, UserInOut<int64_t> out_offset,
    size_t size, uint32_t flags)
{
    if (flags & ~kSpliceFlags)
        return Errno::Einval;
    if (!size)
        return size_t { 0 };
    auto source = TRY(caller.file(in));
    auto target = TRY(caller.file(out));
    if ((source->is_pipe() && in_offset) || (target->is_pipe() && out_offset))
        return Errno::Espipe;
    if (!source->is_readable() || !target->is_writable())
        return Errno::Ebadf;
    if ((!source->is_pipe() && !target->is_pipe()) || is_negative(size))
        return Errno::Einval;
    CopyEnd from { *source, TRY(read_offset(*source, in_offset, Errno::Einval)) };
    CopyEnd to { *target, TRY(read_offset(*target, out_offset, Errno::Einval)) };
    if (target->status_flags() & O_APPEND)
        return Errno::Einval;
    if (would_wait(*source, flags, kPollIn | kPollHup) || would_wait(*target, flags, kPollOut | kPollErr))
        return Errno::Eagain;
    auto copied = TRY(with_sigpipe(caller, copy_once(from, to, size)));
    TRY(write_offset(in_offset, from));
    TRY(write_offset(out_offset, to));
    return copied;
}

// tee(2)
Result<size_t> sys_tee(Thread& caller, int in, int out, size_t size, uint32_t flags)
{
    constexpr size_t kMost = 64 * 1024;
    if (flags & ~kSpliceFlags)
        return Errno::Einval;
    if (!size)
        return size_t { 0 };
    auto source = TRY(caller.readable_file(in));
    auto target = TRY(caller.writable_file(out));
    bool is_one_pipe =
        source->is_pipe() && target->is_pipe() && TRY(source->status()).st_ino == TRY(target->status()).st_ino;
    if (!source->is_pipe() || !target->is_pipe() || is_one_pipe)
        return Errno::Einval;
    if (would_wait(*source, flags, kPollIn | kPollHup) || would_wait(*target, flags, kPollOut | kPollErr))
        return Errno::Eagain;
    Vector<char> buffer;
    TRY(buffer.resize(size < kMost ? size : kMost));
    auto count = TRY(source->peek(Sink::of(buffer.data(), buffer.size())));
    return count ? with_sigpipe(caller, target->write(Source::of(buffer.data(), count))) : Result<size_t>(count);
}

// vmsplice(2): the bytes are copied
Result<size_t> sys_vmsplice(Thread& caller, int fd, uint64_t vector, size_t count, uint32_t flags)
{
    if (flags & ~kSpliceFlags)
        return Errno::Einval;
    auto file = TRY(caller.file(fd));
    if (!file->is_pipe())
        return Errno::Ebadf;
    auto segments = static_cast<int64_t>(count);
    return file->is_writable() ? sys_writev(caller, fd, vector, segments) : sys_readv(caller, fd, vector, segments);
}

// process_vm_readv(2)
Result<size_t> sys_process_vm_readv(
    Thread& caller, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags)
{
    TRY(check_own_process(caller, pid, flags));
    auto to = TRY(read_iovec(local, static_cast<int64_t>(local_count)));
    auto from = TRY(read_iovec(remote, static_cast<int64_t>(remote_count)));
    return copy_memory(Source(from.span()), Sink(to.span()));
}

// process_vm_writev(2)
Result<size_t> sys_process_vm_writev(
    Thread& caller, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags)
{
    TRY(check_own_process(caller, pid, flags));
    auto from = TRY(read_iovec(local, static_cast<int64_t>(local_count)));
    auto to = TRY(read_iovec(remote, static_cast<int64_t>(remote_count)));
    return copy_memory(Source(from.span()), Sink(to.span()));
}

} // namespace farl
