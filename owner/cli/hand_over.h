// Commands that are programs of their own, because they need libraries that the others should not have to load.
#pragma once

#include "owner/cli/completion.h"

namespace farl::owner {

// `word` tells a program with several commands which one. Throws UserError.
[[noreturn]] void hand_over(char const* program, Arguments arguments, char const* word = nullptr);

} // namespace farl::owner
