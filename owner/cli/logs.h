// `farl logs`: what a program with a shielded console wrote.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `logs`. Throws UserError. Returns the exit status.
int logs_command(std::span<char const* const> arguments);

} // namespace farl::owner
