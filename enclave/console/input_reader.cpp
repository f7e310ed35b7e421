#include "enclave/console/input_reader.h"

#include "enclave/sched/scheduler.h"

namespace farl {

// False at the end.
Result<bool> InputReader::read_more()
{
    constexpr uint64_t kPause_ns = 20'000'000;
    if (used_ == sizeof(line_))
        return Errno::Ebadmsg;
    for (;;) {
        auto count = from_->read(Sink::of(line_ + used_, sizeof(line_) - used_));
        if (count.is_ok()) {
            used_ += count.value();
            return count.value() != 0;
        }
        if (count.error() == Errno::Eintr)
            return Errno::Eintr;
        if (count.error() != Errno::Eagain)
            return false;
        scheduler().park(scheduler().now_ns() + kPause_ns); // somebody made the host's file not wait
    }
}

// Without its line feed; until the next call. Empty at the end of the host's file.
Result<std::string_view> InputReader::whole_line()
{
    memmove(line_, line_ + taken_, used_ - taken_);
    used_ -= std::exchange(taken_, 0);
    for (size_t searched = 0;;) {
        std::string_view have(line_, used_);
        auto end = have.find('\n', searched);
        if (end != have.npos) {
            taken_ = end + 1;
            return have.substr(0, end);
        }
        searched = used_;
        if (!TRY(read_more()))
            return std::string_view();
    }
}

Result<InputStream::Block> InputReader::read()
{
    auto line = TRY(whole_line());
    if (!taken_)
        return has_begun_ ? Result<InputStream::Block>(Errno::Ebadmsg)
                          : InputStream::Block { formats::ConsoleKind::End, {} };
    auto block = TRY(stream_.open(line));
    has_begun_ = true;
    return block;
}

Result<InputStream::Block> InputReader::peek()
{
    auto block = read();
    if (block.is_error() && block.error() == Errno::Eintr)
        return Errno::Eintr;
    peeked_.emplace(block.is_ok() ? Result<InputStream::Block>(block.value()) : block.error());
    return block;
}

Result<InputStream::Block> InputReader::next()
{
    if (!peeked_)
        return read();
    auto block = std::move(*peeked_);
    peeked_.reset();
    return block;
}

} // namespace farl
