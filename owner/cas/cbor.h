// CborReader: takes items of CBOR (RFC 8949) off the front of bytes, in their shortest form only and of a kind that the
// caller knows in advance. So there is nothing to recurse into, and one way to write a value.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

namespace farl::owner {

class CborDefect : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// All of it throws CborDefect if something else is there.
class CborReader {
public:
    using Bytes = std::span<std::byte const>;

    explicit CborReader(Bytes bytes) : rest_(bytes) { }

    void expect_number(uint64_t number);
    void expect_tag(uint64_t tag);
    void expect_array(uint64_t count);
    void expect_map(uint64_t count);
    void expect_text(std::string_view text);
    Bytes take_bytes();
    void expect_end() const;

private:
    uint64_t take_head(uint8_t major);
    void expect_head(uint8_t major, uint64_t argument);
    Bytes take(uint64_t size);

    Bytes rest_;
};

} // namespace farl::owner
