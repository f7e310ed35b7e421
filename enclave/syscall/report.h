// The report of --stats: host calls by name with counts and times, exits, exceptions, trapped system calls, memory.
#pragma once

#include "abi/wire/launch_config.h"

namespace farl {

// Registers the report for the end of the process, if it was asked for.
void start_report(wire::LaunchSettings const& settings);

} // namespace farl
