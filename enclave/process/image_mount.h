// The protected image as the program's root.
#pragma once

#include "abi/formats/startup_config.h"
#include "enclave/process/process.h"

namespace farl {

// Puts the image's tree in the place of the host's, but for unprotected regions, and begins as its user. What is wrong
// with the image goes to the log as one line, and is then Errno::Eio. ENOMEM.
Result<> mount_image(Process& process, formats::StartupConfig const& config, uint64_t cache_size);

} // namespace farl
