// `farl volume show` and `farl volume check`: they change nothing.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int volume_show(std::span<char const* const> arguments);
int volume_check(std::span<char const* const> arguments);

} // namespace farl::owner
