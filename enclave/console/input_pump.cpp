#include "enclave/console/input_pump.h"

#include "enclave/hostcall/log.h"
#include "enclave/hostcall/service_fiber.h"

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

Result<InputStream::Block> InputPump::next()
{
    for (;;) {
        auto block = reader_->next();
        if (block.is_ok() || block.error() != Errno::Eintr)
            return block;
    }
}

// Whether the input goes on.
Result<bool> InputPump::pass(InputStream::Block const& block)
{
    switch (block.kind) {
    case formats::ConsoleKind::Data:
        TRY(to_->take(block.data));
        return true;
    case formats::ConsoleKind::Window: {
        formats::ConsoleWindow window;
        memcpy(&window, block.data.data(), sizeof(window)); // its size was checked with its form
        to_->take_window(window);
        return true;
    }
    case formats::ConsoleKind::End:
    case formats::ConsoleKind::Terminal: // of no input
        break;
    }
    return false;
}

void InputPump::run()
{
    bool is_whole = true;
    for (;;) {
        auto block = next();
        if (block.is_error()) {
            Log(LogLevel::Error) << "the console's input was cut off or changed on its way, or is not shielded";
            is_whole = false;
            break;
        }
        auto goes_on = pass(block.value());
        if (goes_on.is_error() || !goes_on.value())
            break;
    }
    to_->end(is_whole);
    to_ = nullptr;
}

} // namespace farl
