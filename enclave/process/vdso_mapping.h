// The vDSO in the application's memory, and the page of clock parameters it reads.
#pragma once

#include "enclave/process/process.h"

namespace farl {

// Maps the data page and the code; the address of its ELF header, for AT_SYSINFO_EHDR.
Result<uint64_t> map_vdso(Process& process);

// Asks the host for the time, if it is due, and passes what was learned on to the application's page.
void refresh_clock();

} // namespace farl
