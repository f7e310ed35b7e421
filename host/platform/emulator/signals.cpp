#include "host/platform/emulator/signals.h"

#include "abi/sgx/enclu.h"
#include "host/platform/emulator/aex.h"
#include "host/platform/emulator/context.h"
#include "host/platform/emulator/enclu.h"
#include "host/platform/emulator/epc_enclave.h"
#include "host/platform/emulator/gate.h"
#include "host/platform/emulator/page_leaf.h"
#include "host/platform/emulator/thread_block.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace farl::host {

namespace {

constexpr std::array kFaultSignals { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };
constexpr int kSysUserDispatch = 2; // si_code of Syscall User Dispatch
constexpr uint64_t kSyscallSize = 2;

std::array<std::atomic<SignalHandler>, NSIG> signal_handlers;

bool is_fault_signal(int signal)
{
    return std::find(kFaultSignals.begin(), kFaultSignals.end(), signal) != kFaultSignals.end();
}

uint64_t address_of(char const* symbol) { return reinterpret_cast<uint64_t>(symbol); }

bool is_in_enclave(ThreadBlock const* thread, uint64_t rip)
{
    return thread && thread->enclave && thread->enclave->range().contains(rip);
}

// Before the first instruction in the enclave, after the last look at interrupt_pending.
bool is_in_gate(ThreadBlock const* thread, uint64_t rip)
{
    auto const is_between = [&](char const* begin, char const* end) {
        return rip >= address_of(begin) && rip < address_of(end);
    };
    return thread
        && (is_between(emulator_gate_enter_begin, emulator_gate_enter_end)
            || is_between(emulator_gate_resume_begin, emulator_gate_resume_end));
}

void keep_signal_mask(ThreadBlock& thread, ucontext_t const& context)
{
    std::memcpy(&thread.signal_mask, &context.uc_sigmask, sizeof(thread.signal_mask));
    thread.has_blocked_signals = true;
}

// The asynchronous signal is noted: lets enter() return Interrupt, now if the thread is in it.
void interrupt(ThreadBlock* thread, ucontext_t& context, SegmentBases const* bases)
{
    if (!thread)
        return;
    if (thread->enclave)
        settle_page_leaf(*thread->enclave, context);
    auto const rip = reg(context, REG_RIP);
    if (is_in_enclave(thread, rip)) {
        keep_signal_mask(*thread, context);
        save_interrupted_state(*thread, context, *bases, kDone);
        thread->outcome = { .kind = Outcome::Kind::Interrupt };
        emulator_gate_leave(thread, GATE_AEX);
    }
    if (is_in_gate(thread, rip)) {
        keep_signal_mask(*thread, context);
        emulator_gate_leave(thread, GATE_NOT_ENTERED);
    }
    thread->interrupt_pending = 1;
}

Result<> set_default_action(int signal)
{
    struct sigaction action { };
    action.sa_handler = SIG_DFL;
    if (sigaction(signal, &action, nullptr))
        return static_cast<Errno>(errno);
    return {};
}

// Lets the signal have its default effect: a fault comes again when the handler returns, a sent one is sent again.
void take_default_action(int signal, bool is_sent)
{
    MUST(set_default_action(signal));
    if (is_sent)
        raise(signal);
}

void handle_sent_signal(
    int signal, siginfo_t const& info, ucontext_t& context, ThreadBlock* thread, SegmentBases* bases)
{
    auto const handler = signal_handlers[signal].load(std::memory_order_relaxed);
    if (!handler)
        return take_default_action(signal, true);
    handler(signal, info, context);
    interrupt(thread, context, bases);
}

// The kernel reports a trap after INT3; an enclave's #BP is a fault, at the instruction (CC, or CD 03).
uint64_t breakpoint_address(uint64_t rip)
{
    constexpr uint8_t kInt3 = 0xCC;
    return rip - (*reinterpret_cast<uint8_t const*>(rip - 1) == kInt3 ? 1 : 2);
}

// What happened in the enclave at `context`, whose RIP becomes that of the faulting instruction.
Fault exception_of(int signal, ucontext_t& context)
{
    if (signal == SIGSYS)
        return { .vector = sgx::kVectorUd };
    auto const vector = static_cast<uint8_t>(reg(context, REG_TRAPNO));
    if (vector == sgx::kVectorBp)
        set_reg(context, REG_RIP, breakpoint_address(reg(context, REG_RIP)));
    return {
        .vector = vector,
        .error_code = static_cast<uint32_t>(reg(context, REG_ERR)),
        .address = vector == sgx::kVectorPf ? reg(context, REG_CR2) : 0,
    };
}

// Whether the processor read an instruction and refused it. An ENCLU without an enclave is #UD where there is no SGX,
// #GP or #PF where there is some: SDM vol. 3D, the exceptions of each leaf.
bool is_refused_instruction(ucontext_t const& context)
{
    constexpr uint64_t kInstructionFetch = 0x10;
    switch (reg(context, REG_TRAPNO)) {
    case sgx::kVectorUd:
    case sgx::kVectorGp:
        return true;
    case sgx::kVectorPf:
        return !(reg(context, REG_ERR) & kInstructionFetch);
    default:
        return false;
    }
}

// What kind of access the processor refused, as a permission.
uint64_t missed_permission(ucontext_t const& context)
{
    constexpr uint64_t kWrite = 2, kFetch = 0x10;
    auto const code = reg(context, REG_ERR);
    return code & kFetch ? sgx::kPageExecute : code & kWrite ? sgx::kPageWrite : sgx::kPageRead;
}

// Whether the enclave can try again. The EPCM's refusals say so in the error code.
bool resolve_page_fault(EpcEnclave& enclave, ucontext_t& context)
{
    if (!enclave.demand || reg(context, REG_TRAPNO) != sgx::kVectorPf)
        return false;
    switch (enclave.demand->resolve(reg(context, REG_CR2), missed_permission(context))) {
    case DemandPages::Access::Opened:
        return true;
    case DemandPages::Access::Refused:
        set_reg(context, REG_ERR, reg(context, REG_ERR) | kPageFaultSgx);
        break;
    case DemandPages::Access::Unmapped:
        break;
    }
    return false;
}

void handle_enclave_fault(int signal, ucontext_t& context, ThreadBlock& thread, SegmentBases& bases)
{
    if (signal == SIGSEGV && resolve_page_fault(*thread.enclave, context))
        return;
    if (signal != SIGSYS && is_refused_instruction(context) && is_enclu(reg(context, REG_RIP)))
        return execute_enclu(thread, context, bases, reg(context, REG_RIP) + sgx::kEncluOpcode.size());
    auto const exception = exception_of(signal, context);
    leave_by_exception(thread, context, bases, exception);
}

// ERESUME found an XSAVE area that the processor does not take.
[[noreturn]] void refuse_resume(ThreadBlock& thread)
{
    thread.outcome = { .kind = Outcome::Kind::Refused, .vector = sgx::kVectorGp };
    emulator_gate_leave(&thread, GATE_FAULTED);
}

// A true fault. Outside of the enclave and the gate it is the host's own, and ends the process.
void handle_true_fault(int signal, siginfo_t const& info, ucontext_t& context, ThreadBlock* thread, SegmentBases* bases)
{
    if (signal == SIGSYS && info.si_code == kSysUserDispatch)
        set_reg(context, REG_RIP, reg(context, REG_RIP) - kSyscallSize);
    auto const rip = reg(context, REG_RIP);
    // A page leaf missed an operand or the stack: the long way knows what to do about it.
    if (signal == SIGSEGV && thread && thread->enclave && settle_page_leaf(*thread->enclave, context))
        return execute_enclu(*thread, context, *bases, reg(context, REG_RIP) + sgx::kEncluSiteSize);
    if (is_in_enclave(thread, rip))
        return handle_enclave_fault(signal, context, *thread, *bases);
    if (auto site = thread && thread->enclave ? trapped_enclu_site(*thread->enclave, rip) : std::nullopt) {
        set_reg(context, REG_RIP, *site);
        return execute_enclu(*thread, context, *bases, *site + sgx::kEncluSiteSize);
    }
    if (thread && rip == address_of(emulator_gate_xrstor))
        refuse_resume(*thread);
    if (rip == address_of(emulator_code_byte_load))
        return set_reg(context, REG_RIP, address_of(emulator_code_byte_fault));
    take_default_action(signal, false);
}

Result<> set_action(int signal, void (*handler)(int, siginfo_t*, void*), int flags, bool blocks_others)
{
    struct sigaction action { };
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
    if (blocks_others)
        sigfillset(&action.sa_mask);
    if (sigaction(signal, &action, nullptr))
        return static_cast<Errno>(errno);
    return {};
}

} // namespace

// A fault's handler leaves by the gate without returning, so it blocks nothing, itself included.
Result<> install_fault_handlers()
{
    for (int signal : kFaultSignals)
        TRY(set_action(signal, emulator_on_fault, SA_NODEFER, false));
    return {};
}

Result<> install_signal_handler(int signal, SignalHandler handler)
{
    if (signal <= 0 || signal >= NSIG)
        return Errno::Einval;
    signal_handlers[signal].store(handler, std::memory_order_relaxed);
    if (is_fault_signal(signal))
        return {};
    return set_action(signal, emulator_on_interrupt, 0, true);
}

} // namespace farl::host

using namespace farl::host;

void emulator_handle_fault(int signal, siginfo_t* info, ucontext_t* context, ThreadBlock* thread, SegmentBases* bases)
{
    // Whoever sends a signal cannot give it a positive code: rt_sigqueueinfo(2).
    if (info->si_code > 0)
        handle_true_fault(signal, *info, *context, thread, bases);
    else
        handle_sent_signal(signal, *info, *context, thread, bases);
}

void emulator_handle_interrupt(
    int signal, siginfo_t* info, ucontext_t* context, ThreadBlock* thread, SegmentBases* bases)
{
    signal_handlers[signal].load(std::memory_order_relaxed)(signal, *info, *context);
    interrupt(thread, *context, bases);
}
