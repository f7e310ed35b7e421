// The exception handler (CSSA 1). It believes only the SSA, runs on its own stack, touches nothing shared, and changes
// only where the carrier goes on: the copy routines' fault exit, the system call entry, or farl_fault_entry on the
// fiber's own stack, where everything else happens in the normal state.
#include "abi/sgx/layout.h"
#include "abi/sgx/ssa.h"
#include "base/checked.h"
#include "enclave/boundary/copy.h"
#include "enclave/boundary/page_leaf.h"
#include "enclave/crypto/wide/wide_processor.h"
#include "enclave/hostcall/delaying.h"
#include "enclave/process/process.h"
#include "enclave/process/signal_delivery.h"
#include "enclave/syscall/dispatch.h"

#include <cstring>

extern "C" {
extern char farl_syscall_entry[], farl_fault_entry[], farl_return_begin[], farl_return_end[], farl_return_restart[];
extern char farl_runtime_fault[];
extern char farl_image_begin[], farl_image_end[];
}

namespace farl {

namespace {

constexpr uint64_t kFlagDirection = 0x400;
constexpr uint64_t kFlagAlignment = 0x4'0000;

bool is_between(uint64_t address, char const* begin, char const* end)
{
    return address >= reinterpret_cast<uint64_t>(begin) && address < reinterpret_cast<uint64_t>(end);
}

uint64_t address_of(char const* label) { return reinterpret_cast<uint64_t>(label); }

uint8_t application_byte(uint64_t address)
{
    uint8_t byte = 0;
    if (is_user_range(address, 1))
        farl_copy_bytes(reinterpret_cast<uint64_t>(&byte), address, 1);
    return byte;
}

bool is_syscall(uint64_t rip) { return application_byte(rip) == 0x0f && application_byte(rip + 1) == 0x05; }

// In an enclave a breakpoint is a fault (SDM vol. 3D, "INT3 Behavior"); for a program it is a trap. CC, or CD 03.
void step_over_breakpoint(sgx::Gprs& registers) { registers.rip += application_byte(registers.rip) == 0xcc ? 1 : 2; }

// The same state as a stub leaves: RCX behind the instruction.
void redirect_to_syscall(sgx::Gprs& registers)
{
    syscall_statistics().trapped.fetch_add(1, std::memory_order_relaxed);
    registers.rcx = registers.rip + 2;
    registers.rip = address_of(farl_syscall_entry);
}

void save_user_frame(UserFrame& frame, sgx::Gprs const& registers)
{
    frame.r15 = registers.r15, frame.r14 = registers.r14, frame.r13 = registers.r13, frame.r12 = registers.r12;
    frame.rbp = registers.rbp, frame.rbx = registers.rbx, frame.r11 = registers.r11, frame.r10 = registers.r10;
    frame.r9 = registers.r9, frame.r8 = registers.r8, frame.rax = registers.rax, frame.rcx = registers.rcx;
    frame.rdx = registers.rdx, frame.rsi = registers.rsi, frame.rdi = registers.rdi;
    frame.orig_rax = ~0ull;
    frame.rip = registers.rip, frame.rflags = registers.rflags, frame.rsp = registers.rsp;
}

// Out of the application, onto the fiber's stack.
void redirect_to_fault(Carrier& carrier, sgx::Gprs& registers, FaultRecord const& fault)
{
    static_cast<Thread*>(carrier.fiber->owner)->fault = fault;
    auto& frame = carrier.fiber->user_frame();
    save_user_frame(frame, registers);
    registers.rsp = reinterpret_cast<uint64_t>(&frame);
    registers.rip = address_of(farl_fault_entry);
    registers.rflags &= ~kFlagDirection;
}

void handle_interrupt(Carrier& carrier, sgx::Gprs& registers)
{
    syscall_statistics().interrupts.fetch_add(1, std::memory_order_relaxed);
    carrier.attention.store(1, std::memory_order_relaxed);
    if (is_between(registers.rip, farl_return_begin, farl_return_end)) {
        // At or past the last look at `attention`, not yet in the application: look again. The frame is intact.
        registers.rsp = reinterpret_cast<uint64_t>(&carrier.fiber->user_frame());
        registers.rip = address_of(farl_return_restart);
        registers.rflags &= ~(kFlagDirection | kFlagAlignment);
        return;
    }
    if (is_between(registers.rip, farl_image_begin, farl_image_end))
        return;
    redirect_to_fault(carrier, registers, { .is_interrupt = true });
}

uint64_t carrier_stack_top(Carrier const& carrier)
{
    return sgx::tcs_address(carrier.index) + (sgx::kTcsStackPage + sgx::kTcsStackPages) * kPageSize;
}

void handle_runtime_fault(Carrier const& carrier, sgx::Gprs& registers, FaultRecord const& fault)
{
    bool is_memory = fault.vector == sgx::kVectorPf || fault.vector == sgx::kVectorGp;
    if (is_memory && is_between(registers.rip, farl_copy_begin, farl_copy_end)) {
        registers.rip = address_of(farl_copy_fault);
        registers.rflags &= ~kFlagDirection;
        return;
    }
    if (is_memory && is_between(registers.rip, farl_page_leaf_begin, farl_page_leaf_end)) {
        registers.rip = address_of(farl_page_leaf_fault);
        return;
    }
    if (fault.vector == sgx::kVectorUd
        && is_between(registers.rip, farl_probe_wide_gcm_begin, farl_probe_wide_gcm_end)) {
        registers.rip = address_of(farl_probe_wide_gcm_fault);
        return;
    }
    // A bug of ours, or the host took a page away: say where, from a state in which a host call works. RSP may be the
    // host's or the application's there; the carrier's own stack holds nothing that is needed any more.
    registers.rdi = registers.rip;
    registers.rsi = fault.vector;
    registers.rdx = fault.address;
    registers.rsp = carrier_stack_top(carrier) - 8;
    registers.rflags &= ~(kFlagDirection | kFlagAlignment);
    registers.rip = address_of(farl_runtime_fault);
}

} // namespace

} // namespace farl

using namespace farl;

extern "C" void farl_handle_exception(uint8_t* ssa)
{
    constexpr auto kFrameSize = sgx::kSsaFramePages * kPageSize;
    auto& registers = *reinterpret_cast<sgx::Gprs*>(ssa + sgx::gprs_offset(kFrameSize));
    auto const& memory = *reinterpret_cast<sgx::ExInfo const*>(ssa + sgx::exinfo_offset(kFrameSize));
    auto& carrier = Carrier::current();

    if (!sgx::exit_info_valid(registers.exit_info))
        return handle_interrupt(carrier, registers);

    FaultRecord fault { .vector = sgx::exit_info_vector(registers.exit_info) };
    registers.exit_info = 0; // handled: if the host enters here again for it, that is an interrupt
    if (fault.vector == sgx::kVectorPf || fault.vector == sgx::kVectorGp) {
        fault.address = memory.address;
        fault.error_code = memory.error_code;
    }
    syscall_statistics().exceptions.fetch_add(1, std::memory_order_relaxed);
    bool is_in_runtime = is_between(registers.rip, farl_image_begin, farl_image_end);
    // The application steps itself with the trap flag, which ERESUME does not bring back: the runtime is not stepped.
    if (is_in_runtime && fault.vector == sgx::kVectorDb)
        return;
    if (is_in_runtime)
        return handle_runtime_fault(carrier, registers, fault);
    if (fault.vector == sgx::kVectorUd && is_syscall(registers.rip))
        return redirect_to_syscall(registers);
    if (fault.vector == sgx::kVectorBp)
        step_over_breakpoint(registers);
    redirect_to_fault(carrier, registers, fault);
}

extern "C" void farl_handle_fault(UserFrame*)
{
    auto& thread = Thread::current();
    Carrier::current().attention.store(0, std::memory_order_relaxed);
    if (thread.fault.is_interrupt) {
        make_delayed_calls();
        scheduler().tick();
    }
    handle_fault(thread);
}

// Attention on the way out of a system call.
extern "C" void farl_attend(UserFrame*)
{
    Carrier::current().attention.store(0, std::memory_order_relaxed);
    make_delayed_calls();
    scheduler().tick();
    (void)deliver_signals(Thread::current(), Restart::Never);
}
