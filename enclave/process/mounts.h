// What a new process finds: its file systems and descriptors.
#pragma once

#include "enclave/process/process.h"

namespace farl {

Result<> mount_file_systems(std::string_view root_directory);
// Those that the launcher inherited. Before any other descriptor of the host: it may get the number of a closed one.
Result<> inherit_descriptors(Process& process, wire::LaunchConfig const& config);

} // namespace farl
