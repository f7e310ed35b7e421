#include "host/platform/emulator/page_leaf.h"

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/context.h"
#include "host/platform/emulator/gate.h"

namespace farl::host {

namespace {

constexpr uint64_t kStatusFlags = 0x8D5; // CF, PF, AF, ZF, SF, OF
constexpr uint64_t kZeroFlag = 0x40;

bool is_between(uint64_t address, char const* begin, char const* end)
{
    return address >= reinterpret_cast<uint64_t>(begin) && address < reinterpret_cast<uint64_t>(end);
}

bool is_page_leaf(uint64_t leaf)
{
    return leaf >= static_cast<uint64_t>(sgx::EncluLeaf::Eaccept)
        && leaf <= static_cast<uint64_t>(sgx::EncluLeaf::Eacceptcopy);
}

uint64_t kept(ucontext_t const& context, int offset)
{
    return *reinterpret_cast<uint64_t const*>(reg(context, REG_RSP) + static_cast<uint64_t>(offset));
}

bool has_happened(ucontext_t const& context)
{
    auto const rip = reg(context, REG_RIP);
    bool const is_judged = rip == reinterpret_cast<uint64_t>(emulator_page_leaf_judged);
    return is_between(rip, emulator_page_leaf_done, emulator_page_leaf_left)
        || (is_judged && (reg(context, REG_EFL) & kZeroFlag));
}

// RAX is what the thunk made of it: the leaf, and the index of the site above.
void go_back(EpcEnclave const& enclave, ucontext_t& context, uint64_t rax)
{
    set_reg(context, REG_RAX, rax & 0xFF);
    set_reg(context, REG_RIP, enclave.enclu_sites[rax >> 8]);
}

// In the thunk, where RAX is still the leaf. While it finds out where an EEXIT goes, RAX is no such small number.
bool settle_thunk(EpcEnclave const& enclave, ucontext_t& context)
{
    auto const index = (reg(context, REG_RIP) - reinterpret_cast<uint64_t>(emulator_enclu_thunks)) / ENCLU_THUNK_SIZE;
    auto const rax = reg(context, REG_RAX);
    if (index >= enclave.enclu_sites.size() || !is_page_leaf(rax & 0xFF) || (rax >> 8 && rax >> 8 != index))
        return false;
    go_back(enclave, context, index << 8 | (rax & 0xFF));
    return true;
}

} // namespace

bool settle_page_leaf(EpcEnclave const& enclave, ucontext_t& context)
{
    auto const rip = reg(context, REG_RIP);
    if (!is_between(rip, emulator_page_leaf, emulator_page_leaf_end))
        return settle_thunk(enclave, context);
    if (is_between(rip, emulator_page_leaf, emulator_page_leaf_kept)) {
        go_back(enclave, context, reg(context, REG_RAX));
        return true;
    }
    bool const is_done = has_happened(context);
    set_reg(context, REG_RDI, kept(context, PAGE_LEAF_RDI));
    set_reg(context, REG_RSI, kept(context, PAGE_LEAF_RSI));
    set_reg(context, REG_RCX, kept(context, PAGE_LEAF_RCX));
    go_back(enclave, context, kept(context, PAGE_LEAF_RAX));
    if (is_done) {
        set_reg(context, REG_RAX, 0);
        set_reg(context, REG_EFL, reg(context, REG_EFL) & ~kStatusFlags);
        set_reg(context, REG_RIP, reg(context, REG_RIP) + sgx::kEncluSiteSize);
    }
    return true;
}

} // namespace farl::host
