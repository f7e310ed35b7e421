// What a process takes over from where it was started: limits, the parent, the host's name.
#pragma once

#include "enclave/process/process.h"

namespace farl {

// The main thread's stack; RLIMIT_STACK says so.
inline constexpr uint64_t kMainStackSize = 8ull << 20;

Result<> adopt_surroundings(Process& process);

} // namespace farl
