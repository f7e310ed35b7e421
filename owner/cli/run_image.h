// `farl run IMAGE`: unpacks a container image and runs it as it says, in the place of this process.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `run`. Throws UserError.
int run_image_command(std::span<char const* const> arguments);

} // namespace farl::owner
