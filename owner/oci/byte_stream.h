// ByteSource and ByteSink: bytes that are read or written in order, a piece at a time, so that no layer is ever in
// memory as a whole.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace farl::owner {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    // As many bytes as there are, up to the buffer's size; 0 at the end. Throws ImageDefect or UserError.
    virtual size_t read(std::span<std::byte> buffer) = 0;
};

class ByteSink {
public:
    virtual ~ByteSink() = default;
    virtual void write(std::span<std::byte const> bytes) = 0;
};

inline constexpr size_t kStreamBlock = 64 << 10;

// All of a source that is to be small; throws ImageDefect naming `what` if it is larger than `most` bytes.
std::string read_text(ByteSource& source, size_t most, std::string const& what);

} // namespace farl::owner
