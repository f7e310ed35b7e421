// `farl run`: from the command line to the launcher that replaces this process.
#pragma once

#include "owner/cli/run_options.h"

#include <span>

namespace farl::owner {

// `arguments` follow the word `run`. Returns only if help was asked for; throws UserError.
int run(std::span<char const* const> arguments);
// What the options say, in the place of this process. Throws UserError.
[[noreturn]] void run_program(RunOptions const& options);

} // namespace farl::owner
