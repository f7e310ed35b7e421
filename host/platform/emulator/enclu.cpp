#include "host/platform/emulator/enclu.h"

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/aex.h"
#include "host/platform/emulator/context.h"
#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/emulator/gate.h"
#include "host/platform/emulator/thread_block.h"
#include "host/platform/emulator/xstate.h"

namespace farl::host {

namespace {

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

void execute_enclu(ThreadBlock& thread, ucontext_t& context, SegmentBases& bases)
{
    auto const leaf = static_cast<sgx::EncluLeaf>(reg(context, REG_RAX));
    if (leaf != sgx::EncluLeaf::Eexit || !is_canonical(reg(context, REG_RBX)))
        leave_by_exception(thread, context, bases, general_protection());
    exit_enclave(thread, context, bases);
}

} // namespace farl::host
