// SHA-256, and bytes as hexadecimal text.
#pragma once

#include "owner/digest/hexadecimal.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace farl::owner {

std::array<uint8_t, 32> sha256(std::span<std::byte const> bytes);

} // namespace farl::owner
