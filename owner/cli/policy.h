// `farl policy`: session files. A program of its own, farl-policy, for what it links.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `policy`. Throws UserError. Returns the exit status.
int policy_command(std::span<char const* const> arguments);

} // namespace farl::owner
