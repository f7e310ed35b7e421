// Text of collateral: hexadecimal numbers and times.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

// None unless all of it is pairs of digits.
std::optional<std::vector<std::byte>> bytes_from_hex(std::string_view text);

// RFC 3339, to the second: "2025-07-01T00:00:00Z", also with an offset.
std::optional<time_t> time_from_text(std::string const& text);
std::string time_as_text(time_t time);

} // namespace farl::owner
