// Program: loads the application and its interpreter, and starts its first thread.
#pragma once

#include "abi/wire/hostcall.h"
#include "abi/wire/launch_config.h"
#include "enclave/process/process.h"

namespace farl {

// Creates the process, its descriptors 0 to 2 and its main thread, which does the loading itself and ends the process
// with one clear line if it cannot. `config` must live as long as the enclave.
Result<> start_program(wire::LaunchConfig const& config, wire::StartInfo const& start);

} // namespace farl
