#include "host/platform/sgx/entry.h"

#include "abi/sgx/enclu.h"
#include "host/platform/sgx/thread_state.h"

#include <atomic>

namespace farl::host {

namespace {

// Orders what the thread does for its own signal handlers.
void fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

struct FloatingPointControl {
    uint32_t mxcsr;
    uint16_t x87;
};

FloatingPointControl floating_point_control()
{
    FloatingPointControl control;
    asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(control.mxcsr), "=m"(control.x87));
    return control;
}

// An enclave may leave the x87 stack, MXCSR and EFLAGS.AC in any state: the vDSO clears DF only.
void clear_alignment_check() { asm volatile("pushfq\n\tandl $~0x40000, (%%rsp)\n\tpopfq" ::: "memory", "cc"); }

void restore(FloatingPointControl const& control)
{
    asm volatile("fninit\n\tfldcw %1\n\tldmxcsr %0" ::"m"(control.mxcsr), "m"(control.x87));
}

Outcome outcome_of(ThreadState const& thread, sgx_enclave_run const& run)
{
    if (run.function == static_cast<uint32_t>(sgx::EncluLeaf::Eexit))
        return { .kind = Outcome::Kind::Exit };
    if (run.function == kTurnedBack)
        return { .kind = Outcome::Kind::Interrupt };
    if (run.function == kTrapped)
        return { .kind = Outcome::Kind::Exception, .vector = thread.trap_vector };
    // EENTER's own fault leaves its number. A fault in the enclave and one of ERESUME look alike; the next EENTER
    // tells.
    auto const kind =
        run.function == static_cast<uint32_t>(EntryLeaf::Enter) ? Outcome::Kind::Refused : Outcome::Kind::Exception;
    return { kind, static_cast<uint8_t>(run.exception_vector), run.exception_error_code, run.exception_addr };
}

// The vDSO's user handler: keeps what its caller cannot see any more, and leaves the vDSO. AddressSanitizer's unaligned
// accesses must not come before the flag is clear.
[[gnu::no_sanitize_address]] int note_exit(long rdi, long rsi, long rdx, long, long r8, long r9, sgx_enclave_run* run)
{
    clear_alignment_check();
    auto& thread = *reinterpret_cast<ThreadState*>(run->user_data);
    thread.is_entering = false;
    fence();
    thread.registers = { static_cast<uint64_t>(rdi), static_cast<uint64_t>(rsi), static_cast<uint64_t>(rdx),
        static_cast<uint64_t>(r8), static_cast<uint64_t>(r9) };
    thread.outcome = outcome_of(thread, *run);
    return 0;
}

Outcome refused_call() { return { .kind = Outcome::Kind::Refused }; }

Outcome pass(EntryFunction const& entry, ThreadState& thread, uint64_t tcs, LeafRegisters const& registers)
{
    thread.run = { .tcs = tcs,
        .user_handler = reinterpret_cast<uint64_t>(&note_exit),
        .user_data = reinterpret_cast<uint64_t>(&thread) };
    auto const control = floating_point_control();
    auto const status = entry.function(registers.rdi, registers.rsi, registers.rdx, static_cast<unsigned>(thread.leaf),
        registers.r8, registers.r9, &thread.run);
    restore(control);
    thread.is_entering = false;
    return status == 0 ? thread.outcome : refused_call();
}

Outcome interrupted(ThreadState& thread)
{
    // From here on a new signal is one for the next Interrupt.
    thread.is_pending = false;
    return { .kind = Outcome::Kind::Interrupt };
}

Outcome enter_once(EntryFunction const& entry, ThreadState& thread, uint64_t tcs, LeafRegisters& registers)
{
    thread.enclu = entry.enclu;
    thread.is_entering = true;
    fence();
    if (thread.is_pending && thread.leaf == EntryLeaf::Resume) {
        thread.is_entering = false;
        return interrupted(thread);
    }
    if (thread.is_pending && thread.nudge_signal)
        thread.nudge_later(thread.nudge_signal);
    auto const outcome = pass(entry, thread, tcs, registers);
    thread.stop_nudging();
    if (outcome.kind == Outcome::Kind::Exit)
        registers = thread.registers;
    return outcome.kind == Outcome::Kind::Interrupt ? interrupted(thread) : outcome;
}

} // namespace

void serve_enclave(EntryFunction entry, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler)
{
    auto& thread = ThreadState::current();
    for (std::optional<EntryLeaf> next = leaf; next;) {
        thread.leaf = *next;
        auto const outcome = enter_once(entry, thread, tcs, registers);
        next = handler.handle(outcome, registers);
    }
}

} // namespace farl::host
