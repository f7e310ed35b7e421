// `farl attest collateral update` and `list`: the cache of what Intel publishes about platforms.
#pragma once

#include <ctime>
#include <span>
#include <string>

namespace farl::owner {

// `arguments` follow the word `collateral`. Throws UserError. Returns the exit status.
int attest_collateral(std::span<char const* const> arguments);

// What --time says, or now. Throws UserError.
time_t time_from_option(std::string const& text);

} // namespace farl::owner
