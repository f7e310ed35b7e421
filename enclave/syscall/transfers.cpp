#include "enclave/syscall/transfers.h"

#include "enclave/fs/host/host_file.h"
#include "enclave/memory/buffers.h"
#include "enclave/net/socket.h"
#include "enclave/process/process.h"
#include "enclave/process/shared_views.h"
#include "enclave/syscall/io.h"
#include "enclave/vfs/copy.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr uint32_t kSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

bool is_negative(size_t size) { return static_cast<int64_t>(size) < 0; }

// An offset as the caller gives it: none is the file's own.
using GivenOffset = std::optional<int64_t>;

Result<GivenOffset> read_offset(UserInOut<int64_t> offset)
{
    return offset ? GivenOffset(TRY(offset.read())) : GivenOffset {};
}

// Where `size` bytes of the file begin.
Result<std::optional<uint64_t>> start_in(File& file, GivenOffset given, size_t size, Errno without_positions)
{
    if (!given)
        return std::optional<uint64_t> {};
    if (!file.has_positions())
        return without_positions;
    if (*given < 0 || size > static_cast<uint64_t>(INT64_MAX - *given))
        return Errno::Einval;
    return std::optional<uint64_t>(static_cast<uint64_t>(*given));
}

// Files whose bytes can be moved without a buffer of the caller: not directories, nor objects that are messages.
bool can_give_bytes(File& file)
{
    bool is_host_stream = file.as_socket() || (file.as_host_file() && !file.is_pipe());
    return file.has_positions() ? !file.is_directory() : is_host_stream;
}

bool can_take_bytes(File& file)
{
    return file.has_positions() || file.is_pipe() || file.as_socket() || file.as_host_file();
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

struct GivenVector {
    uint64_t address;
    size_t count;
};

struct BothMemories {
    Vector<Segment> local;
    Vector<Segment> remote;
};

Result<BothMemories> read_both(GivenVector local, GivenVector remote)
{
    auto first = TRY(read_iovec(local.address, static_cast<int64_t>(local.count)));
    return BothMemories { std::move(first), TRY(read_iovec(remote.address, static_cast<int64_t>(remote.count))) };
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

// Whether the host can copy by itself, so that nothing has to pass through the enclave.
bool can_host_copy(File& from, File& to)
{
    auto* file = from.as_host_file();
    auto* socket = to.as_socket();
    return file && file->is_regular() && socket && socket->can_send_from_host();
}

Result<size_t> send_from_host(CopyEnd& from, Socket& to, size_t size)
{
    auto sent = TRY(to.send_from(from.file.host_descriptor(), from.offset, size));
    if (from.offset)
        from.offset = *from.offset + sent;
    return sent;
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
    auto given = TRY(read_offset(offset));
    auto source = TRY(caller.readable_file(in));
    if (is_negative(size))
        return Errno::Einval;
    auto start = TRY(start_in(*source, given, at_most_one_transfer(size), Errno::Espipe));
    auto target = TRY(caller.writable_file(out));
    if (!size && (target->is_pipe() || (source->has_positions() && !(target->status_flags() & O_APPEND))))
        return size_t { 0 };
    bool is_possible = can_give_bytes(*source) && (source->has_positions() || target->is_pipe());
    if ((target->status_flags() & O_APPEND) || !is_possible || !can_take_bytes(*target))
        return Errno::Einval;
    CopyEnd from { *source, start }, to { *target };
    size = at_most_one_transfer(size);
    TRY(store_views(caller.process(), *source, start, size));
    auto copied = can_host_copy(*source, *target) ? send_from_host(from, *target->as_socket(), size)
                                                  : copy_between(from, to, size);
    TRY(write_offset(offset, from));
    return with_sigpipe(caller, *target, std::move(copied));
}

// copy_file_range(2)
Result<size_t> sys_copy_file_range(Thread& caller, int in, UserInOut<int64_t> in_offset, int out,
    UserInOut<int64_t> out_offset, size_t size, uint32_t flags)
{
    auto source = TRY(caller.file(in));
    auto target = TRY(caller.file(out));
    auto in_given = TRY(read_offset(in_offset));
    auto out_given = TRY(read_offset(out_offset));
    if (flags)
        return Errno::Einval;
    TRY(check_regular(*source, *target));
    if (!source->is_readable() || !target->is_writable() || (target->status_flags() & O_APPEND))
        return Errno::Ebadf;
    size = at_most_one_transfer(size);
    CopyEnd from { *source, TRY(start_in(*source, in_given, size, Errno::Espipe)) };
    CopyEnd to { *target, TRY(start_in(*target, out_given, size, Errno::Espipe)) };
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
    if (!size)
        return size_t { 0 };
    if (flags & ~kSpliceFlags)
        return Errno::Einval;
    auto source = TRY(caller.file(in));
    auto target = TRY(caller.file(out));
    if ((source->is_pipe() && in_offset) || (target->is_pipe() && out_offset))
        return Errno::Espipe;
    auto out_given = TRY(read_offset(out_offset));
    auto in_given = TRY(read_offset(in_offset));
    if (!source->is_readable() || !target->is_writable())
        return Errno::Ebadf;
    bool can_move = source->is_pipe() ? can_take_bytes(*target) : target->is_pipe() && can_give_bytes(*source);
    if (!can_move || is_negative(size) || (target->status_flags() & O_APPEND))
        return Errno::Einval;
    size = at_most_one_transfer(size);
    CopyEnd from { *source, TRY(start_in(*source, in_given, size, Errno::Einval)) };
    CopyEnd to { *target, TRY(start_in(*target, out_given, size, Errno::Einval)) };
    if (would_wait(*source, flags, kPollIn | kPollHup) || would_wait(*target, flags, kPollOut | kPollErr))
        return Errno::Eagain;
    auto copied = TRY(with_sigpipe(caller, *target, copy_once(from, to, size)));
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
    return count ? with_sigpipe(caller, *target, target->write(Source::of(buffer.data(), count)))
                 : Result<size_t>(count);
}

// vmsplice(2): the bytes are copied, up to the first that cannot be read
Result<size_t> sys_vmsplice(Thread& caller, int fd, uint64_t vector, size_t count, uint32_t flags)
{
    if (flags & ~kSpliceFlags)
        return Errno::Einval;
    auto file = TRY(caller.file(fd));
    if (!file->is_writable() && file->is_pipe())
        return sys_readv(caller, fd, vector, static_cast<int64_t>(count));
    auto segments = TRY(read_iovec(vector, static_cast<int64_t>(count)));
    Source source(segments.span());
    if (!source.size())
        return size_t { 0 };
    if (!file->is_pipe())
        return Errno::Ebadf;
    if (would_wait(*file, flags, kPollOut | kPollErr))
        return Errno::Eagain;
    source.shorten_to(source.accessible_size(0, source.size()));
    if (!source.size())
        return Errno::Efault;
    return with_sigpipe(caller, *file, file->write(source));
}

// process_vm_readv(2)
Result<size_t> sys_process_vm_readv(
    Thread& caller, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags)
{
    TRY(check_own_process(caller, pid, flags));
    auto memory = TRY(read_both({ local, local_count }, { remote, remote_count }));
    return copy_memory(Source(memory.remote.span()), Sink(memory.local.span()));
}

// process_vm_writev(2)
Result<size_t> sys_process_vm_writev(
    Thread& caller, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags)
{
    TRY(check_own_process(caller, pid, flags));
    auto memory = TRY(read_both({ local, local_count }, { remote, remote_count }));
    return copy_memory(Source(memory.local.span()), Sink(memory.remote.span()));
}

} // namespace farl
