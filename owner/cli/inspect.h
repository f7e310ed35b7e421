// `farl inspect`: what the analyser makes of ELF files, for a person or as JSON.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `inspect`. Throws UserError.
int inspect(std::span<char const* const> arguments);

} // namespace farl::owner
