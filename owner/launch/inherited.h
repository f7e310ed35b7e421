// What a process inherits from the one that started it, as the launch settings describe it.
#pragma once

#include "abi/wire/launch_config.h"

#include <sys/types.h>
#include <vector>

namespace farl::owner {

// Fills signals, umask, identities and the number of CPUs; leaves the rest as it is.
void describe_process(wire::LaunchSettings& settings);

std::vector<gid_t> supplementary_groups();

// Those that stay open across execve(2), ascending. Call it before Farl keeps any of its own.
std::vector<uint32_t> inherited_descriptors();

} // namespace farl::owner
