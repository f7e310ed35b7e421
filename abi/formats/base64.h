// Base64 (RFC 4648, section 4), with padding and nothing else between. Nothing here allocates.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace farl::formats {

constexpr size_t base64_size(size_t byte_count) { return (byte_count + 2) / 3 * 4; }

// `text` has exactly that size.
void write_base64(std::span<char> text, std::span<std::byte const> bytes);

// How many bytes of `room` were filled. EINVAL for anything that write_base64 does not write; EMSGSIZE.
Result<size_t> read_base64(std::span<std::byte> room, std::string_view text);

} // namespace farl::formats
