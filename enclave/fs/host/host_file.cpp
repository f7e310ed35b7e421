#include "enclave/fs/host/host_file.h"

#include "enclave/fs/host/host_mapping.h"
#include "enclave/fs/host/host_place.h"
#include "enclave/fs/host/host_status.h"
#include "enclave/hostcall/delaying.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/uio.h>

namespace farl {

namespace {

constexpr size_t kChunk = 1024 * 1024;

struct StagedBytes {
    HostAddress address;
    size_t size;
};

// As much as the application can give: write(2) ends at a fault that is not at the first byte.
Result<StagedBytes> stage(Staging& staging, Source const& source, size_t offset, size_t size)
{
    auto whole = staging.put(source, offset, size);
    if (whole.is_ok())
        return StagedBytes { whole.value(), size };
    auto accessible = whole.error() == Errno::Efault ? source.accessible_size(offset, size) : 0;
    if (!accessible)
        return whole.error();
    return StagedBytes { TRY(staging.put(source, offset, accessible)), accessible };
}

} // namespace

uint32_t kept_status_flags(uint32_t open_flags)
{
    constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
    constexpr uint32_t kOfPath = O_PATH | O_DIRECTORY | O_NOFOLLOW;
    constexpr uint32_t kLargeFile = 0100000; // 64-bit programs open every file with it
    if (open_flags & O_PATH)
        return open_flags & kOfPath;
    return (open_flags & ~kOpenOnly) | kLargeFile;
}

Result<Ref<HostFile>> HostFile::create(
    HostDescriptor descriptor, uint32_t status_flags, HostRoot const* root, FirstLook const* look)
{
    auto seen = look ? look->status() : std::nullopt;
    auto status = seen ? *seen : TRY(host_status(descriptor.number()));
    auto* file = new (std::nothrow) HostFile(std::move(descriptor), status_flags, status.st_mode, root);
    if (!file)
        return Errno::Enomem;
    // HOST: a lie about which file it is confuses views of the host's files, which are the host's anyway.
    if (S_ISREG(status.st_mode)) {
        file->key_ = { status.st_dev, status.st_ino };
        file->first_status_ = { HostMoment::now(), status };
        if (seen)
            file->first_bytes_ = look->bytes();
    }
    return adopt_ref(*file);
}

HostFile::~HostFile()
{
    end_watches();
    if (first_bytes_)
        FirstLook::note_unread();
    bool is_waited_for = was_locked_ || !is_regular() || is_writable() || (status_flags() & O_PATH);
    if (!is_waited_for)
        close_delayed(std::move(descriptor_));
}

// Regular files and directories answer soon; anything else may block.
HostAnswer HostFile::transfer(uint64_t number, HostAddress buffer, size_t size, uint64_t offset) const
{
    auto descriptor = descriptor_.number();
    if (is_terminal())
        return host_call_on_terminal(number, { static_cast<uint64_t>(descriptor), buffer.value(), size, offset });
    if (is_regular() || is_nonblocking())
        return host_call(number, descriptor, buffer.value(), size, offset);
    return host_call_blocking(number, descriptor, buffer.value(), size, offset);
}

// A large transfer of a regular file goes in pieces and is whole unless the file ends; others are one call.
template <typename Step>
Result<size_t> HostFile::in_chunks(size_t size, Step&& step) const
{
    size_t done = 0;
    do {
        auto wanted = size - done < kChunk ? size - done : kChunk;
        Result<size_t> moved = step(done, wanted);
        if (moved.is_error()) {
            if (done)
                break;
            return moved.error();
        }
        done += moved.value();
        if (moved.value() < wanted || !is_regular())
            break;
    } while (done < size);
    return done;
}

Result<size_t> HostFile::read(Sink const& sink)
{
    return in_chunks(sink.size(), [&](size_t done, size_t wanted) -> Result<size_t> {
        Staging staging;
        auto buffer = TRY(staging.reserve(wanted));
        auto count = TRY(checked_count(transfer(SYS_read, buffer, wanted, 0), wanted));
        auto copied = sink.copy_prefix_from_host(done, buffer, count);
        if (auto kept = copied.is_ok() ? copied.value() : 0; kept < count)
            take_back(count - kept);
        return copied;
    });
}

// What did not reach the application counts as not read, where the file can be told so.
void HostFile::take_back(size_t count) const
{
    (void)checked_offset(host_call(SYS_lseek, descriptor_.number(), -static_cast<int64_t>(count), SEEK_CUR));
}

Result<size_t> HostFile::write(Source const& source)
{
    return in_chunks(source.size(), [&](size_t done, size_t wanted) -> Result<size_t> {
        Staging staging;
        auto [buffer, size] = TRY(stage(staging, source, done, wanted));
        return checked_count(transfer(SYS_write, buffer, size, 0), size);
    });
}

// The first read of a file, if it comes at once: from what came with the file.
std::optional<size_t> HostFile::read_first(uint64_t offset, Sink const& sink)
{
    if (offset || !first_status_ || was_read_.exchange(true, std::memory_order_relaxed))
        return std::nullopt;
    auto const first = std::exchange(first_bytes_, std::nullopt);
    if (!first_status_->moment.is_still())
        return std::nullopt;
    FirstLook::note_first_read(sink.size());
    if (!first)
        return std::nullopt;
    auto const& [bytes, is_all] = *first;
    auto count = std::min(sink.size(), bytes.size());
    bool is_enough = count == sink.size() || is_all;
    return is_enough && sink.copy_from(0, bytes.data(), count).is_ok() ? std::optional(count) : std::nullopt;
}

Result<size_t> HostFile::read_at(uint64_t offset, Sink const& sink)
{
    if (auto count = read_first(offset, sink))
        return *count;
    return in_chunks(sink.size(), [&](size_t done, size_t wanted) -> Result<size_t> {
        Staging staging;
        auto buffer = TRY(staging.reserve(wanted));
        auto count = TRY(checked_count(transfer(SYS_pread64, buffer, wanted, offset + done), wanted));
        return sink.copy_prefix_from_host(done, buffer, count);
    });
}

Result<size_t> HostFile::write_at(uint64_t offset, Source const& source)
{
    return in_chunks(source.size(), [&](size_t done, size_t wanted) -> Result<size_t> {
        Staging staging;
        auto [buffer, size] = TRY(stage(staging, source, done, wanted));
        return checked_count(transfer(SYS_pwrite64, buffer, size, offset + done), size);
    });
}

// One call of the host, which knows where the end is.
Result<size_t> HostFile::append(Source const& source, bool moves_position)
{
    if (!has_positions())
        return write(source);
    Staging staging;
    auto [buffer, size] = TRY(stage(staging, source, 0, source.size() < kChunk ? source.size() : kChunk));
    iovec vector { reinterpret_cast<void*>(buffer.value()), size };
    auto staged = TRY(staging.put_object(vector));
    auto offset = moves_position ? ~0ull : 0;
    return checked_count(host_call(SYS_pwritev2, descriptor_.number(), staged.value(), 1, offset, 0, RWF_APPEND), size);
}

Result<uint64_t> HostFile::seek(int64_t offset, int whence)
{
    auto position = TRY(checked_offset(host_call(SYS_lseek, descriptor_.number(), offset, whence)));
    directory_offset_.store(static_cast<int64_t>(position));
    return position;
}

Result<> HostFile::truncate(uint64_t size)
{
    return checked_status(host_call(SYS_ftruncate, descriptor_.number(), size));
}

Result<Ref<MappedObject>> HostFile::mapping()
{
    if (!is_regular())
        return Errno::Enodev;
    return Ref<MappedObject>(TRY(HostMapping::create(*this)));
}

Result<size_t> read_host_file(int host_descriptor, uint64_t offset, void* to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        auto wanted = size - done < kChunk ? size - done : kChunk;
        Staging staging;
        auto buffer = TRY(staging.reserve(wanted));
        auto count =
            TRY(checked_count(host_call(SYS_pread64, host_descriptor, buffer.value(), wanted, offset + done), wanted));
        host_copy_in(static_cast<char*>(to) + done, buffer, count);
        done += count;
        if (count < wanted)
            break;
    }
    return done;
}

} // namespace farl
