// AEX: the asynchronous exit. Saves what ran in the enclave to the SSA frame that the TCS has next, and advances CSSA.
// SDM vol. 3D, "Asynchronous Enclave Exit (AEX)". Callable from signal handlers.
#pragma once

#include "host/platform/emulator/fault.h"
#include "host/platform/emulator/gate.h"

namespace farl::host {

struct EpcEnclave;
struct TcsPage;
struct ThreadBlock;

// The SSA frame of index `cssa`.
uint64_t ssa_frame_address(EpcEnclave const& enclave, TcsPage const& tcs, uint32_t cssa);
sgx::Gprs& ssa_gprs(EpcEnclave const& enclave, uint64_t frame);

// The state that a signal interrupted. Without an exception it is an interrupt.
void save_interrupted_state(
    ThreadBlock& thread, ucontext_t const& context, SegmentBases const& bases, LeafFault const& exception);

// Saves the state that raised `fault` and lets enter() return Exception. Only from a signal handler.
[[noreturn]] void leave_by_exception(
    ThreadBlock& thread, ucontext_t const& context, SegmentBases const& bases, Fault const& fault);

// The state that an EENTER, complete but for its first instruction, would have been interrupted in; or, after an
// ERESUME, the state that it would have restored, which is in the SSA still.
void save_unentered_state(ThreadBlock& thread);

} // namespace farl::host
