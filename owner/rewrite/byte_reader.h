// Reads little-endian numbers from bytes nobody has checked. Reading past the end gives zero and clears is_ok();
// a caller may check once, after a group of reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace farl::owner {

class ByteReader {
public:
    explicit ByteReader(std::span<std::byte const> bytes) : bytes_(bytes) { }

    bool is_ok() const { return is_ok_; }
    bool is_at_end() const { return position_ == bytes_.size(); }
    size_t position() const { return position_; }
    size_t remaining() const { return bytes_.size() - position_; }

    template <typename T>
    requires std::is_trivially_copyable_v<T> T read()
    {
        T value {};
        if (auto bytes = take(sizeof(T)); bytes.size() == sizeof(T))
            std::memcpy(&value, bytes.data(), sizeof(T));
        return value;
    }

    std::span<std::byte const> take(size_t size)
    {
        if (size > remaining()) {
            fail();
            return {};
        }
        auto const taken = bytes_.subspan(position_, size);
        position_ += size;
        return taken;
    }

    void seek(size_t position)
    {
        if (position > bytes_.size())
            fail();
        else
            position_ = position;
    }

    uint64_t read_uleb128()
    {
        uint64_t value = 0;
        for (unsigned shift = 0; is_ok_; shift += 7) {
            auto const byte = read<uint8_t>();
            if (shift < 64)
                value |= uint64_t { byte & 0x7fu } << shift;
            if (!(byte & 0x80))
                break;
        }
        return value;
    }

    // Up to its terminating zero, which is consumed.
    std::string_view read_text()
    {
        std::string_view const rest { reinterpret_cast<char const*>(bytes_.data()) + position_, remaining() };
        auto const length = rest.find('\0');
        return take(length == rest.npos ? rest.size() + 1 : length + 1).empty() ? rest.substr(0, 0)
                                                                                : rest.substr(0, length);
    }

private:
    void fail()
    {
        is_ok_ = false;
        position_ = bytes_.size();
    }

    std::span<std::byte const> bytes_;
    size_t position_ { 0 };
    bool is_ok_ { true };
};

} // namespace farl::owner
