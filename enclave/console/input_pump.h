// InputPump: passes what the blocks of a shielded console's input say to whoever takes it, on a fiber of its own.
#pragma once

#include "base/owned.h"
#include "enclave/console/input_reader.h"

namespace farl {

// What becomes of the input: bytes in a pipe, keys of a terminal. All is called by the pump's fiber only.
class InputReceiver : public RefCounted<InputReceiver> {
public:
    virtual ~InputReceiver() = default;
    // May wait for room. An error if nobody wants it any more; the pump ends then.
    virtual Result<> take(std::span<std::byte const> bytes) = 0;
    virtual void take_window(formats::ConsoleWindow const&) { }
    // Whether its sealer ended it; otherwise it was cut off or changed on its way.
    virtual void end(bool is_whole) = 0;
};

class InputPump : public RefCounted<InputPump> {
public:
    InputPump(Owned<InputReader> reader, Ref<InputReceiver> to) : reader_(std::move(reader)), to_(std::move(to)) { }

    // On a fiber, which holds a reference. Once. ENOMEM.
    Result<> start();

private:
    void run();
    Result<InputStream::Block> next();
    Result<bool> pass(InputStream::Block const& block);

    Owned<InputReader> reader_;
    Ref<InputReceiver> to_;
};

} // namespace farl
