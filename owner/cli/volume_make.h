// `farl volume create`, `compact` and `rekey`: they make stores. None ever changes one: a new one takes its place.
#pragma once

#include <span>

namespace farl::owner {

// `arguments` follow the word. Throw UserError. Return the exit status.
int volume_create(std::span<char const* const> arguments);
int volume_compact(std::span<char const* const> arguments);
int volume_rekey(std::span<char const* const> arguments);

} // namespace farl::owner
