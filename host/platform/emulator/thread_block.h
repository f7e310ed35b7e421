// ThreadBlock: what the emulated processor keeps of one host thread. Each thread that enters an enclave has a slot of
// the thread arena: its block at the start, a guard page, its alternate signal stack to the end. So a signal handler
// finds the block from RSP, whatever FS base is. Only the thread itself and its signal handlers touch it.
#pragma once

#include "abi/sgx/ssa.h"
#include "base/result.h"
#include "host/platform/emulator/gate_offsets.h"
#include "host/platform/platform.h"

namespace farl::host {

struct EpcEnclave;
struct TcsPage;

struct ThreadBlock {
    // gate.S uses these.
    uint64_t host_rsp;
    uint64_t host_fs;
    uint64_t host_gs;
    uint32_t mxcsr;
    uint16_t fpu_control;
    uint32_t volatile interrupt_pending; // a signal came that no Interrupt has reported yet
    struct {
        uint64_t rax, rbx, rcx, rip, fs, gs, rdi, rsi, rdx, r8, r9;
    } enter; // EENTER loads it, EEXIT stores RDI to R9
    uint64_t xsave_address;
    uint64_t xfrm;
    uint64_t ursp_address; // URSP and URBP in the SSA frame that an AEX will use
    sgx::Gprs resume;

    // Where this thread is: set while enter() may be in the enclave.
    EpcEnclave* enclave;
    TcsPage* tcs;
    EntryLeaf leaf;
    Outcome outcome;          // with GATE_AEX and GATE_FAULTED
    bool has_blocked_signals; // the AEX left a handler of asynchronous signals: `signal_mask` is to be set again
    uint64_t signal_mask;

    // The TCS that this thread used last.
    struct {
        uint64_t enclave_id, address;
        TcsPage* page;
    } last_tcs;

    // The block of this thread. The first time, it takes a slot until the thread ends, sets the alternate stack and
    // arms Syscall User Dispatch. There are THREAD_SLOT_COUNT slots; a thread too many ends the process.
    static ThreadBlock& current();

    // Where EEXIT has to go on this thread.
    uint64_t exit_address() const;
};
static_assert(offsetof(ThreadBlock, host_rsp) == GATE_HOST_RSP);
static_assert(offsetof(ThreadBlock, host_fs) == GATE_HOST_FS);
static_assert(offsetof(ThreadBlock, host_gs) == GATE_HOST_GS);
static_assert(offsetof(ThreadBlock, mxcsr) == GATE_MXCSR);
static_assert(offsetof(ThreadBlock, fpu_control) == GATE_FPU_CONTROL);
static_assert(offsetof(ThreadBlock, interrupt_pending) == GATE_INTERRUPT_PENDING);
static_assert(offsetof(ThreadBlock, enter.rax) == GATE_RAX);
static_assert(offsetof(ThreadBlock, enter.rip) == GATE_RIP);
static_assert(offsetof(ThreadBlock, enter.rdi) == GATE_RDI);
static_assert(offsetof(ThreadBlock, enter.r9) == GATE_R9);
static_assert(offsetof(ThreadBlock, xsave_address) == GATE_XSAVE);
static_assert(offsetof(ThreadBlock, xfrm) == GATE_XFRM);
static_assert(offsetof(ThreadBlock, ursp_address) == GATE_URSP);
static_assert(offsetof(ThreadBlock, resume) == GATE_RESUME);
static_assert(offsetof(sgx::Gprs, rsp) == GPR_RSP);
static_assert(offsetof(sgx::Gprs, r8) == GPR_R8);
static_assert(offsetof(sgx::Gprs, rip) == GPR_RIP);
static_assert(offsetof(sgx::Gprs, gs_base) == GPR_GS);
static_assert(offsetof(sgx::Gprs, urbp) == offsetof(sgx::Gprs, ursp) + 8);

} // namespace farl::host
