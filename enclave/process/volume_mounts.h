// The volumes of the startup configuration: opened where the host keeps them, mounted, looked after while the program
// runs, and given back at its end.
#pragma once

#include "abi/formats/startup_config.h"
#include "enclave/process/cas_register.h"
#include "enclave/process/process.h"

namespace farl {

// In the tree that is at its place now. Leases count from `asked_ns`; `cas` stays. What is wrong goes to the log as one
// line, and is then Errno::Eio. ENOMEM.
Result<> mount_volumes(Process& process, formats::StartupConfig const& config, wire::LaunchConfig const& launch,
    CasConversation& cas, uint64_t asked_ns);

} // namespace farl
