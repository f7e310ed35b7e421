// The few things that messages of the quoting service need of Protocol Buffers' encoding (protobuf.dev, "Encoding"):
// numbers, booleans and bytes in fields. Reading: of each field the last one counts, unknown ones are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace farl::host::protobuf {

using Bytes = std::span<std::byte const>;

class Writer {
public:
    Writer& number(uint32_t field, uint64_t value)
    {
        varint(uint64_t { field } << 3 | kVarint);
        varint(value);
        return *this;
    }
    Writer& bytes(uint32_t field, Bytes value)
    {
        varint(uint64_t { field } << 3 | kDelimited);
        varint(value.size());
        message_.insert(message_.end(), value.begin(), value.end());
        return *this;
    }
    std::vector<std::byte> const& message() const { return message_; }

private:
    static constexpr uint64_t kVarint = 0, kDelimited = 2;

    void varint(uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            message_.push_back(static_cast<std::byte>(value | 0x80));
        message_.push_back(static_cast<std::byte>(value));
    }

    std::vector<std::byte> message_;
};

// Fields of one message; the bytes are views of it. Nothing from a message that is damaged.
std::optional<uint64_t> find_number(Bytes message, uint32_t field);
std::optional<Bytes> find_bytes(Bytes message, uint32_t field);

} // namespace farl::host::protobuf
