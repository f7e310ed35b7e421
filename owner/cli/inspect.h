// `farl inspect`: what the analyser makes of ELF files, and what enclaves are made of, for a person or as JSON.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `inspect`. Throws UserError.
int inspect_command(std::span<char const* const> arguments);

} // namespace farl::owner
