// EENTER and ERESUME: the manual's checks, then the gate. SDM vol. 3D, "EENTER", "ERESUME".
#pragma once

#include "host/platform/platform.h"

namespace farl::host {

struct EpcEnclave;

// Enclave::serve() on this thread. Any number of threads at a time; a TCS that one of them uses is a fault for the
// others.
void serve_enclave(
    EpcEnclave& enclave, uint64_t tcs_address, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler);

} // namespace farl::host
