// Text of collateral: times, and hexadecimal numbers.
#pragma once

#include "owner/digest/hexadecimal.h"

#include <ctime>
#include <optional>
#include <string>

namespace farl::owner {

// RFC 3339, to the second: "2025-07-01T00:00:00Z", also with an offset.
std::optional<time_t> time_from_text(std::string const& text);
std::string time_as_text(time_t time);

} // namespace farl::owner
