// Formatter: text into a fixed buffer, without allocation or floating point. What does not fit is cut, never overrun.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>

namespace farl {

class Formatter {
public:
    explicit Formatter(std::span<char> buffer) : buffer_(buffer) { }

    Formatter& operator<<(std::string_view text)
    {
        for (char c : text)
            put(c);
        return *this;
    }
    Formatter& operator<<(char const* text) { return *this << std::string_view(text); }
    Formatter& operator<<(char character)
    {
        put(character);
        return *this;
    }
    template <std::integral T>
    Formatter& operator<<(T value)
    {
        if constexpr (std::signed_integral<T>) {
            if (value < 0) {
                put('-');
                return unsigned_number(0 - static_cast<uint64_t>(value), 10, 1);
            }
        }
        return unsigned_number(static_cast<uint64_t>(value), 10, 1);
    }
    Formatter& hex(uint64_t value, int width = 1) { return unsigned_number(value, 16, width); }
    Formatter& octal(uint64_t value, int width = 1) { return unsigned_number(value, 8, width); }
    Formatter& padded(uint64_t value, int width) { return unsigned_number(value, 10, width); }

    std::string_view view() const { return { buffer_.data(), used_ }; }
    bool was_cut() const { return cut_; }

private:
    void put(char character)
    {
        if (used_ < buffer_.size())
            buffer_[used_++] = character;
        else
            cut_ = true;
    }
    Formatter& unsigned_number(uint64_t value, unsigned radix, int width)
    {
        char digits[64];
        int count = 0;
        do {
            digits[count++] = "0123456789abcdef"[value % radix];
            value /= radix;
        } while (value);
        while (width > count) {
            put('0');
            --width;
        }
        while (count)
            put(digits[--count]);
        return *this;
    }

    std::span<char> buffer_;
    size_t used_ { 0 };
    bool cut_ { false };
};

} // namespace farl
