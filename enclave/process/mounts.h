// What a new process finds: its file systems and descriptors 0, 1 and 2.
#pragma once

#include "enclave/process/process.h"

namespace farl {

Result<> mount_file_systems(std::string_view root_directory);
// From the launcher's own; one that is closed stays closed.
Result<> open_standard_streams(Process& process);

} // namespace farl
