// `farl attach`: talks to a program with a shielded console, over a command that reaches it.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `attach`. Throws UserError. Returns the exit status.
int attach_command(std::span<char const* const> arguments);

} // namespace farl::owner
