// InputReader: the blocks of a shielded console's input, one after another, from lines that the host passes on.
#pragma once

#include "enclave/console/input_stream.h"
#include "enclave/vfs/file.h"

namespace farl {

class InputReader {
public:
    InputReader(ConsoleKey const& key, formats::ConsoleId const& console, Ref<File> from)
        : stream_(key, console),
          from_(std::move(from))
    {
    }

    // The host's end before the first block is nobody there: an End. EBADMSG for anything else that its sealer did not
    // make so. EINTR for a signal; nothing is lost then.
    Result<InputStream::Block> next();
    // What next() will give.
    Result<InputStream::Block> peek();

private:
    Result<InputStream::Block> read();
    Result<std::string_view> whole_line();
    Result<bool> read_more();

    InputStream stream_;
    Ref<File> from_;
    bool has_begun_ { false };
    std::optional<Result<InputStream::Block>> peeked_;
    size_t taken_ { 0 }; // of what follows: the line that was given last
    size_t used_ { 0 };
    char line_[formats::kLargestConsoleLine + 1];
};

} // namespace farl
