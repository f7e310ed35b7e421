// What a signal handler does about a thread that it finds in one of the gate's page leaves: an instruction is not
// interrupted in the middle.
#pragma once

#include "host/platform/emulator/epc_enclave.h"

#include <ucontext.h>

namespace farl::host {

// If the thread is there, its context becomes that of the enclave at the instruction, or behind it if it has happened.
bool settle_page_leaf(EpcEnclave const& enclave, ucontext_t& context);

} // namespace farl::host
