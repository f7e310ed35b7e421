// Bytes as hexadecimal digits, and back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farl::owner {

std::string to_hex(std::span<std::byte const> bytes);
// None unless all of it is pairs of digits.
std::optional<std::vector<std::byte>> bytes_from_hex(std::string_view text);

} // namespace farl::owner
