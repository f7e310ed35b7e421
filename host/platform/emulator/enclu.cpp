#include "host/platform/emulator/enclu.h"

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/aex.h"
#include "host/platform/emulator/attestation.h"
#include "host/platform/emulator/context.h"
#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/emulator/gate.h"
#include "host/platform/emulator/operands.h"
#include "host/platform/emulator/page_leaves.h"
#include "host/platform/emulator/thread_block.h"
#include "host/platform/emulator/xstate.h"

#include <algorithm>

namespace farl::host {

namespace {

constexpr uint64_t kStatusFlags = 0x8D5; // CF, PF, AF, ZF, SF, OF
constexpr uint64_t kZeroFlag = 0x40;

template <typename Status>
void set_status(ucontext_t& context, Status status)
{
    set_reg(context, REG_RAX, static_cast<uint64_t>(status));
    auto flags = reg(context, REG_EFL) & ~kStatusFlags;
    set_reg(context, REG_EFL, status == Status::Success ? flags : flags | kZeroFlag);
}

// RBX: TARGETINFO, RCX: REPORTDATA, RDX: where the report goes.
LeafFault execute_ereport(EpcEnclave& enclave, ucontext_t& context)
{
    sgx::TargetInfo target;
    sgx::ReportData data;
    TRY_LEAF(read_operand(enclave, reg(context, REG_RBX), 512, target));
    TRY_LEAF(read_operand(enclave, reg(context, REG_RCX), 128, data));
    bool is_well_formed = target.reserved1 == 0 && std::ranges::count(target.reserved2, 0) == sizeof target.reserved2
        && std::ranges::count(target.reserved3, 0) == sizeof target.reserved3;
    if (!is_well_formed)
        return general_protection();
    auto report = ereport(platform_keys(), enclave.secs, target, data);
    return write_operand(enclave, reg(context, REG_RDX), 512, report);
}

// RBX: KEYREQUEST, RCX: where the key goes.
LeafFault execute_egetkey(EpcEnclave& enclave, ucontext_t& context)
{
    sgx::KeyRequest request;
    TRY_LEAF(read_operand(enclave, reg(context, REG_RBX), 512, request));
    TRY_LEAF(check_operand(enclave, reg(context, REG_RCX), sizeof(Key), sizeof(Key)));
    KeyStatus status {};
    Key key;
    TRY_LEAF(egetkey(platform_keys(), enclave.secs, request, status, key));
    if (status == KeyStatus::Success)
        TRY_LEAF(write_operand(enclave, reg(context, REG_RCX), sizeof(Key), key));
    set_status(context, status);
    return kDone;
}

// RBX: SECINFO, RCX: the page.
LeafFault execute_eaccept(EpcEnclave& enclave, ucontext_t& context)
{
    sgx::SecInfo info;
    TRY_LEAF(read_secinfo(enclave, reg(context, REG_RBX), info));
    auto const page = reg(context, REG_RCX);
    bring(enclave, page);
    PageStatus status {};
    TRY_LEAF(eaccept(enclave, info, page, status));
    set_status(context, status);
    return kDone;
}

LeafFault execute_emodpe(EpcEnclave& enclave, ucontext_t& context)
{
    sgx::SecInfo info;
    TRY_LEAF(read_secinfo(enclave, reg(context, REG_RBX), info));
    return emodpe(enclave, info, reg(context, REG_RCX));
}

// RBX: SECINFO, RCX: the page, RDX: where its contents come from.
LeafFault execute_eacceptcopy(EpcEnclave& enclave, ucontext_t& context)
{
    sgx::SecInfo info;
    TRY_LEAF(read_secinfo(enclave, reg(context, REG_RBX), info));
    auto const page = reg(context, REG_RCX), source = reg(context, REG_RDX);
    bring(enclave, page);
    open_page(enclave, source);
    PageStatus status {};
    TRY_LEAF(eacceptcopy(enclave, info, page, source, copy_page, status));
    set_status(context, status);
    return kDone;
}

LeafFault execute_leaf(EpcEnclave& enclave, ucontext_t& context)
{
    switch (static_cast<sgx::EncluLeaf>(reg(context, REG_RAX))) {
    case sgx::EncluLeaf::Ereport:
        return execute_ereport(enclave, context);
    case sgx::EncluLeaf::Egetkey:
        return execute_egetkey(enclave, context);
    case sgx::EncluLeaf::Eaccept:
        return execute_eaccept(enclave, context);
    case sgx::EncluLeaf::Emodpe:
        return execute_emodpe(enclave, context);
    case sgx::EncluLeaf::Eacceptcopy:
        return execute_eacceptcopy(enclave, context);
    default:
        return general_protection();
    }
}

void exit_enclave(ThreadBlock& thread, ucontext_t& context, SegmentBases& bases)
{
    auto const target = reg(context, REG_RBX);
    set_reg(context, REG_RIP, target);
    set_reg(context, REG_RCX, thread.exit_address());
    bases = { thread.host_fs, thread.host_gs };
    if (target == thread.exit_address())
        return;
    thread.enclave = nullptr;
    thread.tcs->is_active.store(false, std::memory_order_release);
}

} // namespace

// Byte by byte: what follows an instruction that does not match may be no memory, and code may be execute-only.
bool is_enclu(uint64_t rip)
{
    for (auto byte : sgx::kEncluOpcode) {
        if (emulator_code_byte(rip++) != byte)
            return false;
    }
    return true;
}

std::optional<uint64_t> trapped_enclu_site(EpcEnclave const& enclave, uint64_t rip)
{
    auto const index = (rip - reinterpret_cast<uint64_t>(emulator_enclu_thunks)) / ENCLU_THUNK_SIZE;
    return index < enclave.enclu_sites.size() ? std::optional(enclave.enclu_sites[index]) : std::nullopt;
}

void execute_enclu(ThreadBlock& thread, ucontext_t& context, SegmentBases& bases, uint64_t next)
{
    auto const leaf = static_cast<sgx::EncluLeaf>(reg(context, REG_RAX));
    if (leaf == sgx::EncluLeaf::Eexit && is_canonical(reg(context, REG_RBX)))
        return exit_enclave(thread, context, bases);
    auto fault = leaf == sgx::EncluLeaf::Eexit ? general_protection() : execute_leaf(*thread.enclave, context);
    if (fault)
        leave_by_exception(thread, context, bases, *fault);
    set_reg(context, REG_RIP, next);
}

} // namespace farl::host
