// ENCLU in the enclave where the gate does not do it: at sites that are not patched, and for all but an EEXIT to an
// exit thunk, and for page leaves that are not plain. SDM vol. 3D, "ENCLU" and its leaves. For signal handlers.
#pragma once

#include "host/platform/emulator/gate.h"

#include <optional>

namespace farl::host {

struct EpcEnclave;

bool is_enclu(uint64_t rip);

// The address in the enclave of the patched site whose thunk trapped at `rip`, if one did.
std::optional<uint64_t> trapped_enclu_site(EpcEnclave const& enclave, uint64_t rip);

// RIP is at the instruction, `next` is the one after it. Changes context and bases to what follows, or leaves the
// enclave by its fault. Any address is a target of EEXIT, but only the thread's exit thunk ends Enclave::enter().
void execute_enclu(ThreadBlock& thread, ucontext_t& context, SegmentBases& bases, uint64_t next);

} // namespace farl::host
