#include "abi/formats/base64.h"

#include <cstdint>

namespace farl::formats {

namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// 64 for what is no digit.
uint32_t digit_of(char character)
{
    if (character >= 'A' && character <= 'Z')
        return static_cast<uint32_t>(character - 'A');
    if (character >= 'a' && character <= 'z')
        return static_cast<uint32_t>(character - 'a' + 26);
    if (character >= '0' && character <= '9')
        return static_cast<uint32_t>(character - '0' + 52);
    return character == '+' ? 62 : character == '/' ? 63 : 64;
}

// Four characters, of which `count` are digits and the rest padding.
Result<uint32_t> read_group(std::string_view group, size_t count)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; ++i) {
        auto digit = i < count ? digit_of(group[i]) : 0;
        if (digit > 63 || (i >= count && group[i] != '='))
            return Errno::Einval;
        bits = bits << 6 | digit;
    }
    auto unused = count == 2 ? 0xffffu : count == 3 ? 0xffu : 0u;
    return bits & unused ? Result<uint32_t>(Errno::Einval) : bits;
}

} // namespace

void write_base64(std::span<char> text, std::span<std::byte const> bytes)
{
    ASSERT(text.size() == base64_size(bytes.size()));
    size_t out = 0;
    for (size_t at = 0; at < bytes.size(); at += 3) {
        auto left = bytes.size() - at;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < left ? std::to_integer<uint32_t>(bytes[at + i]) : 0);
        for (size_t i = 0; i < 4; ++i)
            text[out++] = i <= left ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
}

Result<size_t> read_base64(std::span<std::byte> room, std::string_view text)
{
    if (text.size() % 4 != 0)
        return Errno::Einval;
    size_t done = 0;
    for (size_t at = 0; at < text.size(); at += 4) {
        auto group = text.substr(at, 4);
        bool is_last = at + 4 == text.size();
        size_t digits = is_last && group[3] == '=' ? (group[2] == '=' ? 2 : 3) : 4;
        auto bits = TRY(read_group(group, digits));
        for (size_t i = 0; i + 1 < digits; ++i) {
            if (done == room.size())
                return Errno::Emsgsize;
            room[done++] = static_cast<std::byte>(bits >> (16 - 8 * i));
        }
    }
    return done;
}

} // namespace farl::formats
