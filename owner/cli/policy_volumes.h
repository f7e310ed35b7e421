// `farl policy volumes`: the volumes of a session at a CAS, and what its owner may do with them there.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throws UserError. Returns the exit status.
int policy_volumes(std::span<char const* const> arguments);

} // namespace farl::owner
