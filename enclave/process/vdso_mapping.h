// The vDSO in the application's memory.
#pragma once

#include "enclave/process/process.h"

namespace farl {

// Maps the data page and the code; the address of its ELF header, for AT_SYSINFO_EHDR.
Result<uint64_t> map_vdso(Process& process);

} // namespace farl
