// `farl cas`: the configuration and attestation service. A program of its own, farl-cas, for what it links.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `cas`. Throws UserError. Returns the exit status.
int cas_command(std::span<char const* const> arguments);

} // namespace farl::owner
