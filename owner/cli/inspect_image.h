// `farl inspect IMAGE`: what a container image is made of.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `inspect`. Throws UserError.
int inspect_image_command(std::span<char const* const> arguments);

} // namespace farl::owner
