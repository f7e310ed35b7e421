// `farl volume`: the stores of volumes, at their owner's: made, checked, shown, made smaller, given other keys.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `volume`. Throws UserError. Returns the exit status.
int volume_command(std::span<char const* const> arguments);

} // namespace farl::owner
