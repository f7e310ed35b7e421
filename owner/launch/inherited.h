// What a process inherits from the one that started it, as the launch settings describe it.
#pragma once

#include "abi/wire/launch_config.h"

namespace farl::owner {

// Fills signals, umask, identities and the number of CPUs; leaves the rest as it is.
void describe_process(wire::LaunchSettings& settings);

} // namespace farl::owner
