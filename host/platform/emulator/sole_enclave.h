// The only initialised enclave of the process, for which the gate may execute page leaves by itself. With others beside
// it the handler of SIGILL does it, which knows whose enclave a thread is in.
#pragma once

#include "host/platform/emulator/epc_enclave.h"

namespace farl::host {

// After EINIT, for each enclave.
void note_sole_enclave(EpcEnclave const& enclave);
bool is_sole(EpcEnclave const& enclave);
// For each enclave, when it goes.
void forget_sole_enclave(EpcEnclave const& enclave);

} // namespace farl::host
