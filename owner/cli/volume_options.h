// The options of `farl run` about volumes.
#pragma once

#include "owner/cli/run_options.h"

namespace farl::owner {

// NAME=FILE and DIR with a session, FILE:PATH[:HOW] without. Throw UserError.
void take_volume(RunOptions& options, std::string const& text);
// All of them were taken.
void check_volumes(RunOptions const& options);

} // namespace farl::owner
