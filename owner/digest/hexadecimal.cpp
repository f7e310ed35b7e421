#include "owner/digest/hexadecimal.h"

#include <charconv>

namespace farl::owner {

std::string to_hex(std::span<std::byte const> bytes)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (auto byte : bytes) {
        text += kDigits[std::to_integer<size_t>(byte >> 4)];
        text += kDigits[std::to_integer<size_t>(byte & std::byte { 15 })];
    }
    return text;
}

std::optional<std::vector<std::byte>> bytes_from_hex(std::string_view text)
{
    if (text.size() % 2)
        return {};
    std::vector<std::byte> bytes;
    for (size_t i = 0; i < text.size(); i += 2) {
        uint8_t value;
        auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
        if (error != std::errc {} || end != text.data() + i + 2)
            return {};
        bytes.push_back(std::byte { value });
    }
    return bytes;
}

} // namespace farl::owner
