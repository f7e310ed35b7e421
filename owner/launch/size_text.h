// Sizes as people type them: "512M", "1G", "2GiB", "65536". Powers of 1024.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farl::owner {

std::optional<uint64_t> parse_size(std::string_view text);
// The largest unit that divides it: "16M".
std::string size_text(uint64_t size);

} // namespace farl::owner
