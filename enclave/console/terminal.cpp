#include "enclave/console/terminal.h"

#include <algorithm>
#include <csignal>

namespace farl {

namespace {

constexpr size_t kPiece = 512; // of what is read or written at once: on the stack, and at most 4 KiB when it is shown

} // namespace

// ---- keys

// Up to one that is a signal, or as long as there is room.
int Terminal::take_some(std::span<std::byte const>& keys)
{
    LockGuard guard(lock_);
    int signal = 0;
    while (!keys.empty() && !signal) {
        while (!discipline_.can_receive())
            keyboard_.wait_uninterruptibly(lock_);
        signal = discipline_.receive(static_cast<uint8_t>(keys.front()));
        keys = keys.subspan(1);
        if (discipline_.has_input())
            readers_.wake_all();
    }
    changed();
    return signal;
}

Result<> Terminal::take(std::span<std::byte const> keys)
{
    while (!keys.empty()) {
        if (auto signal = take_some(keys))
            process_.send_signal(signal);
        LockGuard writing(writing_);
        (void)show(true); // without a host that takes it, nothing is shown
    }
    return {};
}

void Terminal::end(bool is_whole)
{
    LockGuard guard(lock_);
    discipline_.finish_input();
    has_ended_ = true;
    is_whole_ = is_whole;
    changed();
}

void Terminal::changed()
{
    readers_.wake_all();
    writers_.wake_all();
    keyboard_.wake_all();
    auto events = (has_input(1) ? kPollIn | kPollRdNorm : 0) | (has_ended_ ? kPollHup : 0)
        | (discipline_.is_stopped() ? 0 : kPollOut | kPollWrNorm);
    files_.for_each([&](TerminalFile& file) { file.readiness().notify(events); });
}

// ---- read(2)

Terminal::Patience Terminal::patience(bool waits)
{
    constexpr uint64_t kUnit_ns = 100'000'000;
    LockGuard guard(lock_);
    if (discipline_.is_canonical())
        return { .waits = waits };
    auto time_ns = discipline_.character(VTIME) * kUnit_ns;
    if (auto least = discipline_.character(VMIN))
        return { .least = least, .between_ns = time_ns, .waits = waits };
    return { .deadline = scheduler().now_ns() + time_ns, .waits = waits };
}

// ETIMEDOUT if there is none in time.
Result<> Terminal::wait_for_input(Patience const& patience)
{
    while (!has_input(1)) {
        if (patience.deadline <= scheduler().now_ns())
            return Errno::Etimedout;
        if (!patience.waits)
            return Errno::Eagain;
        TRY(readers_.wait(lock_, patience.deadline));
    }
    return {};
}

Result<size_t> Terminal::read_piece(Sink const& sink, size_t offset, Patience& patience, bool& is_enough)
{
    std::byte piece[kPiece];
    LineDiscipline::Taken taken;
    {
        LockGuard guard(lock_);
        TRY(wait_for_input(patience));
        bool is_end = !discipline_.has_input();
        if (is_end && !is_whole_)
            return Errno::Eio;
        taken = discipline_.take(std::span(piece).first(std::min(kPiece, sink.size() - offset)));
        auto have = offset + taken.count;
        is_enough =
            is_end || have == sink.size() || (taken.is_all && (discipline_.is_canonical() || have >= patience.least));
        keyboard_.wake_all();
    }
    if (patience.between_ns)
        patience.deadline = scheduler().now_ns() + patience.between_ns;
    TRY(sink.copy_from(offset, piece, taken.count));
    return taken.count;
}

Result<size_t> Terminal::read(Sink const& sink, bool waits)
{
    auto patience = this->patience(waits);
    size_t done = 0;
    for (bool is_enough = sink.size() == 0; !is_enough;) {
        auto count = read_piece(sink, done, patience, is_enough);
        if (count.is_error() && (done || count.error() == Errno::Etimedout))
            break;
        done += TRY(count);
    }
    return done;
}

// ---- write(2), and what is shown

size_t Terminal::next_to_show()
{
    LockGuard guard(lock_);
    if (discipline_.is_stopped())
        return 0;
    if (going_begin_ == going_end_) {
        going_begin_ = 0;
        going_end_ = discipline_.output().take(going_);
    }
    return going_end_ - going_begin_;
}

// With writing_ held. What the host does not take now goes first next time.
Result<> Terminal::show(bool waits)
{
    constexpr uint64_t kPause_ns = 20'000'000;
    while (auto size = next_to_show()) {
        auto count = screen_->write(Source::of(going_ + going_begin_, size));
        if (count.is_error() && count.error() == Errno::Eagain && waits) {
            scheduler().park(scheduler().now_ns() + kPause_ns); // somebody made the host's file not wait
            continue;
        }
        going_begin_ += TRY(count);
    }
    return {};
}

Result<> Terminal::wait_until_started(bool waits)
{
    LockGuard guard(lock_);
    while (discipline_.is_stopped()) {
        if (!waits)
            return Errno::Eagain;
        TRY(writers_.wait(lock_));
    }
    return {};
}

// Counts as written once it is in the queue.
Result<size_t> Terminal::write_piece(std::span<std::byte const> piece, bool waits)
{
    TRY(wait_until_started(waits));
    LockGuard writing(writing_);
    TRY(show(waits));
    size_t count;
    {
        LockGuard guard(lock_);
        count = discipline_.output().write(piece);
    }
    auto shown = show(waits);
    bool comes_later = shown.is_ok() || shown.error() == Errno::Eagain || shown.error() == Errno::Eintr;
    return comes_later ? Result<size_t>(count) : shown.error();
}

Result<size_t> Terminal::write(Source const& source, bool waits)
{
    std::byte piece[kPiece];
    size_t done = 0;
    while (done < source.size()) {
        auto size = std::min(kPiece, source.size() - done);
        auto copied = source.copy_to(done, piece, size);
        auto count = copied.is_ok() ? write_piece(std::span(piece).first(size), waits) : Result<size_t>(copied.error());
        if (count.is_error() && done)
            break;
        done += TRY(count);
    }
    return done;
}

void Terminal::finish()
{
    if (!writing_.try_lock())
        return; // another thread is about it
    (void)show(false);
    writing_.unlock();
}

uint32_t Terminal::ready_events()
{
    LockGuard guard(lock_);
    bool counts = !discipline_.is_canonical() && !discipline_.character(VTIME) && discipline_.character(VMIN);
    return (has_input(counts ? discipline_.character(VMIN) : 1) ? kPollIn | kPollRdNorm : 0)
        | (has_ended_ ? kPollHup : 0) | (discipline_.is_stopped() ? 0 : kPollOut | kPollWrNorm);
}

} // namespace farl
