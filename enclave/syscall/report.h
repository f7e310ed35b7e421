// The report of --stats: host calls by name with counts and times, exits, exceptions, trapped system calls, memory.
#pragma once

#include "abi/wire/launch_config.h"

namespace farl {

// Before the first system call: whether and where to report.
void start_report(wire::LaunchSettings const& settings);
// At the end of the process.
void write_report();

} // namespace farl
