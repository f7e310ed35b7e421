// CborWriter: the few items of CBOR (RFC 8949) that evidence is made of, in their shortest form.
#pragma once

#include "base/vector.h"

#include <string_view>

namespace farl {

class CborWriter {
public:
    Result<> number(uint64_t value) { return head(0, value); }
    Result<> bytes(std::span<std::byte const> bytes)
    {
        TRY(head(2, bytes.size()));
        return out_.append(bytes);
    }
    Result<> text(std::string_view text)
    {
        TRY(head(3, text.size()));
        return out_.append(std::as_bytes(std::span(text)));
    }
    // So many items follow; twice as many of a map, which alternate between key and value.
    Result<> array(uint64_t count) { return head(4, count); }
    Result<> map(uint64_t count) { return head(5, count); }
    // Of the item that follows.
    Result<> tag(uint64_t value) { return head(6, value); }

    std::span<std::byte const> written() const { return out_.span(); }
    Vector<std::byte> take() { return std::move(out_); }

private:
    Result<> head(uint8_t major, uint64_t value)
    {
        constexpr uint64_t kMostDirect = 23;
        auto first = [&](uint64_t low) { return out_.push(static_cast<std::byte>(major << 5 | low)); };
        if (value <= kMostDirect)
            return first(value);
        auto width = value < 1ull << 8 ? 0 : value < 1ull << 16 ? 1 : value < 1ull << 32 ? 2 : 3;
        TRY(first(kMostDirect + 1 + static_cast<uint64_t>(width)));
        for (int shift = (8 << width) - 8; shift >= 0; shift -= 8)
            TRY(out_.push(static_cast<std::byte>(value >> shift)));
        return {};
    }

    Vector<std::byte> out_;
};

} // namespace farl
