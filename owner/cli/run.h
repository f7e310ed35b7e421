// `farl run`: from the command line to the launcher that replaces this process.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `run`. Returns only if help was asked for; throws UserError.
int run(std::span<char const* const> arguments);

} // namespace farl::owner
