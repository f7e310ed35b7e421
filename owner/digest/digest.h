// SHA-256, and bytes as hexadecimal text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace farl::owner {

std::array<uint8_t, 32> sha256(std::span<std::byte const> bytes);
std::string to_hex(std::span<std::byte const> bytes);

} // namespace farl::owner
