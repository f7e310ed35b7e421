// Patches the `syscall` instructions of freshly mapped code, where a table covers the file. What stays unpatched traps.
#pragma once

#include "enclave/process/process.h"

namespace farl {

// The pages are writable and hold the file's bytes from `offset`. Called with memory_lock held.
void patch_code(Process& process, File& file, AddressRange range, uint64_t offset);

} // namespace farl
