// Lines that end in CR LF, and numbers in them: common to the text protocols.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace farl::load {

constexpr std::string_view kLineEnd = "\r\n";

// The first line without its end; nothing while its end is missing.
inline std::optional<std::string_view> first_line(std::string_view text)
{
    auto const end = text.find(kLineEnd);
    return end == text.npos ? std::nullopt : std::optional(text.substr(0, end));
}

inline std::optional<size_t> decimal(std::string_view digits)
{
    size_t value = 0;
    auto const [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    return error == std::errc {} && end == digits.end() ? std::optional(value) : std::nullopt;
}

} // namespace farl::load
