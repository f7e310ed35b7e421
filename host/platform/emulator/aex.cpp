#include "host/platform/emulator/aex.h"

#include "host/platform/emulator/context.h"
#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/emulator/thread_block.h"
#include "host/platform/emulator/xstate.h"

#include <cstring>

namespace farl::host {

namespace {

constexpr uint32_t kInitialMxcsr = 0x1F80;
constexpr uint64_t kInitialRflags = 0x202;
// The bytes of the legacy area that belong to software: the kernel's signal frame uses them.
constexpr size_t kSoftwareBytesOffset = 464;

std::byte* pointer(uint64_t address) { return reinterpret_cast<std::byte*>(address); }

sgx::XsaveHeader& xsave_header(uint64_t frame)
{
    return *reinterpret_cast<sgx::XsaveHeader*>(frame + sgx::kXsaveLegacySize);
}

// Control word 37FH, everything else zero, MXCSR and its mask apart: SDM vol. 1, "XSAVE-managed state".
bool is_initial_x87(std::byte const* legacy_area)
{
    std::byte initial[sgx::kXsaveX87End] {};
    uint16_t const control = FPU_CONTROL_INITIAL;
    std::memcpy(initial, &control, sizeof(control));
    std::memcpy(initial + sgx::kXsaveMxcsrOffset, legacy_area + sgx::kXsaveMxcsrOffset, 2 * sizeof(uint32_t));
    return std::memcmp(initial, legacy_area, sizeof(initial)) == 0;
}

void save_extended_state(uint64_t frame, ucontext_t const& context, ThreadBlock const& thread)
{
    std::memcpy(pointer(frame), context.uc_mcontext.fpregs, thread.enclave->xsave_size);
    std::memset(pointer(frame + kSoftwareBytesOffset), 0, sgx::kXsaveLegacySize - kSoftwareBytesOffset);
    auto& header = xsave_header(frame);
    header = { .xstate_bv = header.xstate_bv & thread.enclave->secs.attributes.xfrm, .xcomp_bv = 0, .reserved = {} };
    // The kernel's signal frames claim x87 always, the processor only if it is in use; so do not make it so.
    if (is_initial_x87(pointer(frame)))
        header.xstate_bv &= ~sgx::kXfrmX87;
}

void save_initial_extended_state(uint64_t frame)
{
    std::memset(pointer(frame), 0, sgx::kXsaveLegacySize + sgx::kXsaveHeaderSize);
    std::memcpy(pointer(frame + sgx::kXsaveMxcsrOffset), &kInitialMxcsr, sizeof(kInitialMxcsr));
}

// URSP and URBP stay: EENTER or ERESUME wrote them.
void save_registers(sgx::Gprs& gprs, ucontext_t const& context, SegmentBases const& bases)
{
    gprs.rax = reg(context, REG_RAX);
    gprs.rcx = reg(context, REG_RCX);
    gprs.rdx = reg(context, REG_RDX);
    gprs.rbx = reg(context, REG_RBX);
    gprs.rsp = reg(context, REG_RSP);
    gprs.rbp = reg(context, REG_RBP);
    gprs.rsi = reg(context, REG_RSI);
    gprs.rdi = reg(context, REG_RDI);
    gprs.r8 = reg(context, REG_R8);
    gprs.r9 = reg(context, REG_R9);
    gprs.r10 = reg(context, REG_R10);
    gprs.r11 = reg(context, REG_R11);
    gprs.r12 = reg(context, REG_R12);
    gprs.r13 = reg(context, REG_R13);
    gprs.r14 = reg(context, REG_R14);
    gprs.r15 = reg(context, REG_R15);
    gprs.rflags = reg(context, REG_EFL);
    gprs.rip = reg(context, REG_RIP);
    gprs.fs_base = bases.fs;
    gprs.gs_base = bases.gs;
}

bool has_exinfo(EpcEnclave const& enclave) { return enclave.secs.misc_select & sgx::kMiscExinfo; }

// Which exceptions EXITINFO reports: SDM vol. 3D, table "Exception Vectors".
bool is_reported(EpcEnclave const& enclave, uint8_t vector)
{
    switch (vector) {
    case sgx::kVectorDe:
    case sgx::kVectorDb:
    case sgx::kVectorBp:
    case sgx::kVectorBr:
    case sgx::kVectorUd:
    case sgx::kVectorMf:
    case sgx::kVectorAc:
    case sgx::kVectorXm:
        return true;
    case sgx::kVectorGp:
    case sgx::kVectorPf:
        return has_exinfo(enclave);
    default:
        return false;
    }
}

void save_exit_info(EpcEnclave const& enclave, uint64_t frame, LeafFault const& exception)
{
    auto& gprs = ssa_gprs(enclave, frame);
    gprs.exit_info = 0;
    if (!exception || !is_reported(enclave, exception->vector))
        return;
    auto const type = exception->vector == sgx::kVectorBp ? sgx::ExitType::Software : sgx::ExitType::Hardware;
    gprs.exit_info = sgx::exit_info(exception->vector, type);
    if (has_exinfo(enclave) && (exception->vector == sgx::kVectorPf || exception->vector == sgx::kVectorGp)) {
        auto* exinfo = reinterpret_cast<sgx::ExInfo*>(frame + sgx::exinfo_offset(enclave.ssa_frame_size()));
        *exinfo = { .address = exception->address, .error_code = exception->error_code, .reserved = 0 };
    }
}

void save_entry_registers(sgx::Gprs& gprs, ThreadBlock const& thread)
{
    auto const& enter = thread.enter;
    gprs = {
        .rax = enter.rax,
        .rcx = enter.rcx,
        .rdx = enter.rdx,
        .rbx = enter.rbx,
        .rsp = gprs.ursp,
        .rbp = gprs.urbp,
        .rsi = enter.rsi,
        .rdi = enter.rdi,
        .r8 = enter.r8,
        .r9 = enter.r9,
        .rflags = kInitialRflags,
        .rip = enter.rip,
        .ursp = gprs.ursp,
        .urbp = gprs.urbp,
        .fs_base = enter.fs,
        .gs_base = enter.gs,
    };
}

} // namespace

uint64_t ssa_frame_address(EpcEnclave const& enclave, TcsPage const& tcs, uint32_t cssa)
{
    return enclave.secs.base + tcs.tcs.ossa + cssa * enclave.ssa_frame_size();
}

sgx::Gprs& ssa_gprs(EpcEnclave const& enclave, uint64_t frame)
{
    return *reinterpret_cast<sgx::Gprs*>(frame + sgx::gprs_offset(enclave.ssa_frame_size()));
}

void save_interrupted_state(
    ThreadBlock& thread, ucontext_t const& context, SegmentBases const& bases, LeafFault const& exception)
{
    auto const& enclave = *thread.enclave;
    auto const frame = ssa_frame_address(enclave, *thread.tcs, thread.tcs->tcs.cssa);
    save_extended_state(frame, context, thread);
    save_registers(ssa_gprs(enclave, frame), context, bases);
    save_exit_info(enclave, frame, exception);
    ++thread.tcs->tcs.cssa;
}

void leave_by_exception(ThreadBlock& thread, ucontext_t const& context, SegmentBases const& bases, Fault const& fault)
{
    save_interrupted_state(thread, context, bases, fault);
    thread.outcome = { Outcome::Kind::Exception, fault.vector, fault.error_code, fault.address };
    emulator_gate_leave(&thread, GATE_AEX);
}

void save_unentered_state(ThreadBlock& thread)
{
    auto const& enclave = *thread.enclave;
    auto const frame = ssa_frame_address(enclave, *thread.tcs, thread.tcs->tcs.cssa);
    if (thread.leaf == EntryLeaf::Enter) {
        save_initial_extended_state(frame);
        save_entry_registers(ssa_gprs(enclave, frame), thread);
    }
    save_exit_info(enclave, frame, kDone);
    ++thread.tcs->tcs.cssa;
}

} // namespace farl::host
