#include "enclave/console/input_pump.h"

#include "enclave/hostcall/log.h"
#include "enclave/hostcall/service_fiber.h"
#include "enclave/sched/scheduler.h"

namespace farl {

Result<> InputPump::start()
{
    ref();
    auto started = ServiceFiber::start(
        [](void* self) {
            auto pump = adopt_ref(*static_cast<InputPump*>(self));
            pump->run();
        },
        this);
    if (started.is_error())
        unref();
    return started;
}

// Whether the input goes on.
Result<bool> InputPump::pass_line(std::string_view line)
{
    auto block = TRY(stream_.open(line));
    has_begun_ = true;
    switch (block.kind) {
    case formats::ConsoleKind::End:
        return false;
    case formats::ConsoleKind::Data:
        if (!block.data.empty())
            (void)TRY(to_->write(Source::of(block.data.data(), block.data.size())));
        return true;
    }
    return Errno::Ebadmsg;
}

// Of the lines of which `count` more bytes have come.
Result<bool> InputPump::pass_lines(size_t count)
{
    auto searched = used_;
    used_ += count;
    for (;;) {
        std::string_view whole(line_, used_);
        auto end = whole.find('\n', searched);
        if (end == whole.npos)
            break;
        if (!TRY(pass_line(whole.substr(0, end))))
            return false;
        memmove(line_, line_ + end + 1, used_ - end - 1);
        used_ -= end + 1;
        searched = 0;
    }
    return used_ < sizeof(line_) ? Result<bool>(true) : Errno::Ebadmsg;
}

// EPIPE of the pipe: the program has closed its input. An end of the host's before anything was sealed is nobody there.
void InputPump::run()
{
    for (;;) {
        auto count = from_->read(Sink::of(line_ + used_, sizeof(line_) - used_));
        if (count.is_error() && count.error() == Errno::Eagain) {
            constexpr uint64_t kPause_ns = 20'000'000; // somebody made the host's file not wait
            scheduler().park(scheduler().now_ns() + kPause_ns);
            continue;
        }
        bool is_end = count.is_error() || count.value() == 0;
        auto goes_on = is_end ? (has_begun_ ? Result<bool>(Errno::Ebadmsg) : false) : pass_lines(count.value());
        if (goes_on.is_error() && goes_on.error() != Errno::Epipe) {
            Log(LogLevel::Error) << "the console's input was cut off or changed on its way, or is not shielded";
            has_failed_.store(true);
        }
        if (goes_on.is_error() || !goes_on.value())
            break;
    }
    to_ = nullptr; // the end of the pipe
}

} // namespace farl
