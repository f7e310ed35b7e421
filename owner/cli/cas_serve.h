// `farl cas serve` and `farl cas status`: a CAS for its owners and for enclaves, and how it is.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int cas_serve(std::span<char const* const> arguments);
int cas_status(std::span<char const* const> arguments);

} // namespace farl::owner
