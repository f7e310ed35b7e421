// `farl policy key` and `farl policy approve`: the keys of those who approve sessions, and their approvals.
#pragma once

#include "owner/policy/session.h"

#include <span>
#include <string>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int policy_key(std::span<char const* const> arguments);
int policy_approve(std::span<char const* const> arguments);

// A session from its file; what is wrong with it is a UserError with its place.
Session read_session(std::string const& file);

} // namespace farl::owner
