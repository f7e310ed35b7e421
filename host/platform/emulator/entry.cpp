#include "host/platform/emulator/entry.h"

#include "host/platform/emulator/aex.h"
#include "host/platform/emulator/costs.h"
#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/emulator/thread_block.h"
#include "host/platform/emulator/xstate.h"

#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

// CF PF AF ZF SF DF OF AC ID. The emulated processor keeps the others as the host has them; TF is suppressed.
constexpr uint64_t kRestoredFlags = 0x24'0CD5;
constexpr uint64_t kFixedFlags = 0x202;

// The one thread that uses the TCS, until release.
bool claim(TcsPage& page) { return !page.is_active.exchange(true, std::memory_order_acquire); }
void release(TcsPage& page) { page.is_active.store(false, std::memory_order_release); }

LeafFault find_tcs(EpcEnclave& enclave, uint64_t address, ThreadBlock& thread, TcsPage*& page)
{
    auto& last = thread.last_tcs;
    if (last.address != address || last.enclave_id != enclave.id) {
        if (!is_aligned(address, kPageSize))
            return general_protection();
        auto found = enclave.tcs_pages.find(address);
        if (found == enclave.tcs_pages.end())
            return page_fault(address);
        last = { enclave.id, address, &found->second };
    }
    page = last.page;
    return page->is_enterable ? kDone : LeafFault(general_protection());
}

// The frame that this entry uses.
LeafFault check_ssa_frame(EpcEnclave const& enclave, TcsPage const& page, uint32_t index)
{
    if (index >= page.tcs.nssa)
        return general_protection();
    if (index >= page.usable_ssa_frames)
        return page_fault(ssa_frame_address(enclave, page, index));
    return kDone;
}

LeafFault prepare_enter(EpcEnclave const& enclave, TcsPage const& page, ThreadBlock& thread)
{
    auto const& tcs = page.tcs;
    TRY_LEAF(check_ssa_frame(enclave, page, tcs.cssa));
    auto& enter = thread.enter;
    enter.rax = tcs.cssa;
    enter.rcx = thread.exit_address();
    enter.rip = enclave.secs.base + tcs.oentry;
    enter.fs = enclave.secs.base + tcs.ofsbase;
    enter.gs = enclave.secs.base + tcs.ogsbase;
    return kDone;
}

// The bit vector at 512 may only have features of the enclave, offsets 520 to 535 must be zero.
LeafFault check_extended_state(EpcEnclave const& enclave, uint64_t frame)
{
    sgx::XsaveHeader header;
    std::memcpy(&header, reinterpret_cast<void const*>(frame + sgx::kXsaveLegacySize), sizeof(header));
    bool const is_legal =
        (header.xstate_bv & ~enclave.secs.attributes.xfrm) == 0 && header.xcomp_bv == 0 && header.reserved[0] == 0;
    return is_legal ? kDone : LeafFault(general_protection());
}

LeafFault prepare_resume(EpcEnclave const& enclave, TcsPage& page, ThreadBlock& thread)
{
    if (page.tcs.cssa == 0)
        return general_protection();
    TRY_LEAF(check_ssa_frame(enclave, page, page.tcs.cssa - 1));
    auto const frame = ssa_frame_address(enclave, page, page.tcs.cssa - 1);
    TRY_LEAF(check_extended_state(enclave, frame));
    auto& state = thread.resume;
    state = ssa_gprs(enclave, frame);
    if (!is_canonical(state.rip) || !is_canonical(state.fs_base) || !is_canonical(state.gs_base))
        return general_protection();
    state.rflags = (state.rflags & kRestoredFlags) | kFixedFlags;
    thread.xsave_address = frame;
    thread.xfrm = enclave.secs.attributes.xfrm;
    --page.tcs.cssa;
    return kDone;
}

LeafFault prepare(EpcEnclave const& enclave, TcsPage& page, ThreadBlock& thread)
{
    return thread.leaf == EntryLeaf::Enter ? prepare_enter(enclave, page, thread)
                                           : prepare_resume(enclave, page, thread);
}

// By the raw call: the mask is the kernel's, and signals that the C library hides stay as they were.
void restore_signal_mask(ThreadBlock& thread)
{
    if (!std::exchange(thread.has_blocked_signals, false))
        return;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &thread.signal_mask, nullptr, sizeof(thread.signal_mask));
}

Outcome interrupted(ThreadBlock& thread)
{
    // From here on a new signal is one for the next Interrupt.
    thread.interrupt_pending = 0;
    restore_signal_mask(thread);
    return { .kind = Outcome::Kind::Interrupt };
}

Outcome finish(ThreadBlock& thread, TcsPage& page, int gate_result)
{
    switch (gate_result) {
    case GATE_EXITED:
        return { .kind = Outcome::Kind::Exit };
    case GATE_NOT_ENTERED:
        save_unentered_state(thread);
        return interrupted(thread);
    case GATE_FAULTED:
        ++page.tcs.cssa;
        return thread.outcome;
    default:
        return thread.outcome.kind == Outcome::Kind::Interrupt ? interrupted(thread) : thread.outcome;
    }
}

// Passes a gate without a call and a return: processors predict a return by the calls made before, and between this one
// and its return lie those of the enclave. So enclave and host each find their own calls where they left them.
// This file is compiled without a red zone.
[[gnu::always_inline]] inline int pass_gate(ThreadBlock& thread)
{
    int result;
    auto* block = &thread;
    auto const gate = thread.leaf == EntryLeaf::Enter ? emulator_gate_enter : emulator_gate_resume;
    asm volatile("lea 1f(%%rip), %%rcx\n\t"
                 "push %%rcx\n\t"
                 "jmp *%%rax\n"
                 "1:"
                 : "=a"(result), "+D"(block)
                 : "a"(gate)
                 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                 "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory", "cc");
    return result;
}

[[gnu::always_inline]] inline Outcome run(EpcEnclave& enclave, TcsPage& page, ThreadBlock& thread)
{
    auto const frame = ssa_frame_address(enclave, page, page.tcs.cssa);
    thread.ursp_address = reinterpret_cast<uint64_t>(&ssa_gprs(enclave, frame).ursp);
    thread.tcs = &page;
    thread.enclave = &enclave;
    charge_half_transition();
    auto const result = pass_gate(thread);
    charge_half_transition();
    auto outcome = finish(thread, page, result);
    thread.enclave = nullptr;
    return outcome;
}

Outcome refused(Fault const& fault)
{
    return { Outcome::Kind::Refused, fault.vector, fault.error_code, fault.address };
}

[[gnu::always_inline]] inline Outcome enter(
    EpcEnclave& enclave, ThreadBlock& thread, uint64_t tcs_address, EntryLeaf leaf, LeafRegisters& registers)
{
    TcsPage* page = nullptr;
    if (auto fault = find_tcs(enclave, tcs_address, thread, page))
        return refused(*fault);
    if (!claim(*page))
        return refused(general_protection());

    thread.leaf = leaf;
    if (auto fault = prepare(enclave, *page, thread)) {
        release(*page);
        return refused(*fault);
    }
    auto& enter = thread.enter;
    enter.rbx = tcs_address;
    enter.rdi = registers.rdi;
    enter.rsi = registers.rsi;
    enter.rdx = registers.rdx;
    enter.r8 = registers.r8;
    enter.r9 = registers.r9;
    auto outcome = run(enclave, *page, thread);
    if (outcome.kind == Outcome::Kind::Exit)
        registers = { .rdi = enter.rdi, .rsi = enter.rsi, .rdx = enter.rdx, .r8 = enter.r8, .r9 = enter.r9 };
    release(*page);
    return outcome;
}

} // namespace

void serve_enclave(
    EpcEnclave& enclave, uint64_t tcs_address, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler)
{
    auto& thread = ThreadBlock::current();
    std::optional<EntryLeaf> next = leaf;
    while (next)
        next = handler.handle(enter(enclave, thread, tcs_address, *next, registers), registers);
}

} // namespace farl::host
