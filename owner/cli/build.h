// `farl build`: a protected image of another one.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `build`. Throws UserError.
int build_command(std::span<char const* const> arguments);

} // namespace farl::owner
