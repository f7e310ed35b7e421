// `farl policy create`, `update`, `delete`, `show` and `console-key`: the sessions of a CAS.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int policy_create(std::span<char const* const> arguments);
int policy_update(std::span<char const* const> arguments);
int policy_console_key(std::span<char const* const> arguments);
int policy_delete(std::span<char const* const> arguments);
int policy_show(std::span<char const* const> arguments);

} // namespace farl::owner
