// Entries of a thread into an SGX enclave, by the vDSO's function. Enclave::serve() of the platform.
#pragma once

#include "host/platform/platform.h"
#include "host/platform/sgx/driver.h"

namespace farl::host {

void serve_enclave(
    EntryFunction entry, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler);

} // namespace farl::host
