// InputPump: reads lines of a shielded console's input from the host, and writes what they hold into a pipe.
#pragma once

#include "enclave/console/input_stream.h"
#include "enclave/vfs/file.h"

namespace farl {

class InputPump : public RefCounted<InputPump> {
public:
    InputPump(ConsoleKey const& key, formats::ConsoleId const& console, Ref<File> from, Ref<File> to)
        : stream_(key, console),
          from_(std::move(from)),
          to_(std::move(to))
    {
    }

    // On a fiber of its own, which holds a reference. Once. ENOMEM.
    Result<> start();
    // Whether the input ended otherwise than its sealer ended it.
    bool has_failed() const { return has_failed_.load(); }

private:
    void run();
    Result<bool> pass_line(std::string_view line);
    Result<bool> pass_lines(size_t count);

    InputStream stream_;
    Ref<File> from_;
    Ref<File> to_;
    std::atomic<bool> has_failed_ { false };
    bool has_begun_ { false };
    size_t used_ { 0 }; // of what follows: the beginning of a line
    char line_[formats::kLargestConsoleLine + 1];
};

} // namespace farl
