// fcntl(2) F_SETOWN, F_SETOWN_EX, F_SETSIG and what asks for them.
#pragma once

#include "enclave/process/thread.h"

namespace farl {

Result<uint64_t> control_owner(Thread& caller, File& file, int command, uint64_t argument);

} // namespace farl
