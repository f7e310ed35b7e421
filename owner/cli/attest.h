// `farl attest`: verification of quotes for a person or a program. A program of its own, farl-attest, so that the
// command that starts programs need not carry X.509.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word `attest`. Throws UserError. Returns the exit status.
int attest_command(std::span<char const* const> arguments);

} // namespace farl::owner
