// `farl pack`: an image of programs of this machine.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `pack`. Throws UserError.
int pack_command(std::span<char const* const> arguments);

} // namespace farl::owner
