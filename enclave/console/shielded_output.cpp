#include "enclave/console/shielded_output.h"

#include "enclave/crypto/random.h"

#include <sys/stat.h>

namespace farl {

Result<Ref<ShieldedOutput>> ShieldedOutput::create(
    ConsoleKey const& key, formats::ConsoleId const& console, formats::ConsoleChannel channel, Ref<LineWriter> lines)
{
    formats::ConsoleHeader header { .console = console, .channel = channel };
    fill_random(header.stream.data(), header.stream.size());
    auto cipher = TRY(ConsoleCipher::create(key, header));
    auto* output = new (std::nothrow) ShieldedOutput(header, std::move(cipher), std::move(lines));
    if (!output)
        return Errno::Enomem;
    return adopt_ref(*output);
}

// A number is used up even if its line does not get out: what is sealed once is sealed.
Result<> ShieldedOutput::write_block(formats::ConsoleKind kind, size_t size)
{
    auto header = header_;
    header.kind = kind;
    ++header_.sequence;
    return lines_->write(*cipher_, header, size);
}

// As much as the program can give: write(2) ends at a fault that is not at the first byte.
Result<size_t> ShieldedOutput::take_data(Source const& source, size_t offset)
{
    TRY(lines_->flush());
    auto left = source.size() - offset;
    auto size = left < formats::kLargestConsoleData ? left : formats::kLargestConsoleData;
    auto copied = source.copy_to(offset, lines_->data().data(), size);
    if (copied.is_ok())
        return size;
    size = copied.error() == Errno::Efault ? source.accessible_size(offset, size) : 0;
    if (!size)
        return copied.error();
    TRY(source.copy_to(offset, lines_->data().data(), size));
    return size;
}

// What became a line counts as written, even if the host takes it later.
Result<size_t> ShieldedOutput::write(Source const& source)
{
    LockGuard guard(lines_->lock());
    if (has_ended_)
        return Errno::Epipe;
    size_t done = 0;
    while (done < source.size()) {
        auto size = take_data(source, done);
        if (size.is_error())
            return done ? Result<size_t>(done) : size.error();
        count_.fetch_add(1);
        auto written = write_block(data_kind_, size.value());
        bool comes_later = written.is_ok() || written.error() == Errno::Eagain || written.error() == Errno::Eintr;
        if (!comes_later && !done)
            return written.error();
        done += size.value();
        if (written.is_error())
            break;
    }
    return done;
}

// Neither for another thread that waits in write(2) nor for a host that takes nothing does a process live on for ever.
void ShieldedOutput::end(formats::ConsoleEnd const& end)
{
    constexpr int kMostTries = 100;
    constexpr uint64_t kPause_ns = 10'000'000;
    for (int i = 0; i < kMostTries; ++i) {
        if (lines_->lock().try_lock()) {
            bool is_done = lines_->is_writable() && write_end(end).is_ok();
            lines_->lock().unlock();
            if (is_done)
                return;
        }
        scheduler().park(scheduler().now_ns() + kPause_ns);
    }
}

Result<> ShieldedOutput::write_empty()
{
    LockGuard guard(lines_->lock());
    TRY(lines_->flush());
    count_.fetch_add(1);
    return write_block(data_kind_, 0);
}

void ShieldedOutput::become_terminal()
{
    data_kind_ = formats::ConsoleKind::Terminal;
    (void)write_empty(); // if the host does not take it, what the program writes will tell
}

Result<> ShieldedOutput::write_end(formats::ConsoleEnd const& end)
{
    TRY(lines_->flush());
    if (has_ended_)
        return {};
    has_ended_ = true;
    memcpy(lines_->data().data(), &end, sizeof(end));
    return write_block(formats::ConsoleKind::End, sizeof(end));
}

Result<struct stat> ShieldedOutput::status() { return anonymous_status(S_IFIFO | 0600); }
Result<struct statfs> ShieldedOutput::file_system_status()
{
    constexpr uint64_t kPipeMagic = 0x50495045; // PIPEFS_MAGIC
    return anonymous_file_system_status(kPipeMagic);
}

Result<> ShieldedOutput::set_status_flags(uint32_t flags)
{
    TRY(lines_->file().set_status_flags(flags));
    return File::set_status_flags(flags);
}

} // namespace farl
