#include "enclave/process/signal_delivery.h"

#include "enclave/hostcall/log.h"
#include "enclave/hostcall/pages.h"
#include "enclave/process/process.h"
#include "enclave/process/shared_views.h"
#include "enclave/process/signal_frame.h"

namespace farl {

namespace {

constexpr uint8_t kBreakpoint = 3, kPageFault = 14;

struct Taken {
    SignalInfo info;
    SignalAction action;
    SignalSet return_mask { 0 };
};

// The next signal with something to do; ignored ones fall away.
bool take_signal(Thread& thread, Taken& taken)
{
    auto& process = thread.process();
    LockGuard guard(process.signal_lock);
    for (;;) {
        auto wanted = ~thread.blocked | kUnblockable;
        if (!thread.pending.take(wanted, taken.info) && !process.pending.take(wanted, taken.info)) {
            process.update_interrupt_request(thread);
            return false;
        }
        auto& action = process.actions[taken.info.signal];
        if (action.handler == kSigIgnore && taken.info.signal != kSigKill)
            continue;
        if (action.handler == kSigDefault && default_action(taken.info.signal) == DefaultAction::Ignore)
            continue;
        taken.action = action;
        if (action.handler > kSigIgnore && (action.flags & kSaResetHand))
            action.handler = kSigDefault;
        taken.return_mask = thread.has_saved_mask ? thread.saved_mask : thread.blocked;
        return true;
    }
}

void carry_out_default(Thread& thread, int signal)
{
    switch (default_action(signal)) {
    case DefaultAction::Terminate:
    case DefaultAction::Core:
        thread.process().die_by_signal(signal);
    case DefaultAction::Stop:
        host_gate(wire::FarlCall::Stop, static_cast<uint64_t>(signal));
        break;
    case DefaultAction::Ignore:
        break;
    }
}

bool is_syscall_instruction(uint64_t address)
{
    uint8_t bytes[2];
    return copy_from_user(bytes, address, 2).is_ok() && bytes[0] == 0x0f && bytes[1] == 0x05;
}

// As Linux: back to the instruction, with the number in RAX. A patched site keeps its last two bytes, so that this
// works there too, by way of a trap.
void prepare_restart(UserFrame& frame, Restart restart, SignalAction const& action)
{
    bool was_interrupted = frame.orig_rax != ~0ull && frame.rax == 0 - static_cast<uint64_t>(Errno::Eintr);
    bool comes_back = restart == Restart::Always || (restart == Restart::IfAsked && (action.flags & kSaRestart));
    if (!was_interrupted || !comes_back)
        return;
    if (!is_syscall_instruction(frame.rip - 2))
        return;
    frame.rip -= 2;
    frame.rax = frame.orig_rax;
}

void enter_handler(Thread& thread, Taken const& taken)
{
    auto& process = thread.process();
    if (push_signal_frame(thread, taken.info, taken.action, taken.return_mask).is_error()) {
        if (taken.info.signal == kSigSegv)
            process.die_by_signal(kSigSegv);
        SignalInfo info;
        info.signal = kSigSegv;
        info.code = kSiKernel;
        process.force_signal(thread, info);
        return;
    }
    thread.has_saved_mask = false;
    auto mask = thread.blocked | taken.action.mask;
    if (!(taken.action.flags & kSaNoDefer))
        mask |= signal_bit(taken.info.signal);
    process.set_blocked(thread, mask);
}

// Which exception it was: the flags that are raised and not masked. The application's registers are live.
// FPE_* as the kernel's fpu__exception_code.
int floating_point_code(uint32_t raised)
{
    constexpr uint32_t kInvalid = 1, kDenormal = 2, kDivision = 4, kOverflow = 8, kUnderflow = 16, kInexact = 32;
    if (raised & kInvalid)
        return 7; // FPE_FLTINV
    if (raised & kDivision)
        return 3; // FPE_FLTDIV
    if (raised & kOverflow)
        return 4; // FPE_FLTOVF
    if (raised & (kDenormal | kUnderflow))
        return 5;                     // FPE_FLTUND
    return raised & kInexact ? 6 : 0; // FPE_FLTRES
}

int x87_code()
{
    uint16_t control, status;
    asm volatile("fnstcw %0" : "=m"(control));
    asm volatile("fnstsw %0" : "=m"(status));
    return floating_point_code(status & ~static_cast<uint32_t>(control));
}

int simd_code()
{
    uint32_t mxcsr;
    asm volatile("stmxcsr %0" : "=m"(mxcsr));
    return floating_point_code(mxcsr & ~(mxcsr >> 7));
}

struct FaultSignal {
    int signal;
    int code;
};

FaultSignal signal_of(FaultRecord const& fault, bool is_mapped)
{
    switch (fault.vector) {
    case 0:
        return { kSigFpe, 1 }; // FPE_INTDIV
    case 1:
        return { kSigTrap, 2 }; // TRAP_TRACE
    case kBreakpoint:
        return { kSigTrap, kSiKernel };
    case 6:
        return { kSigIll, 2 }; // ILL_ILLOPN
    case kPageFault:
        return { kSigSegv, is_mapped ? 2 : 1 }; // SEGV_ACCERR, SEGV_MAPERR
    case 16:
        return { kSigFpe, x87_code() };
    case 19:
        return { kSigFpe, simd_code() };
    case 17:
        return { kSigBus, 1 }; // BUS_ADRALN
    default:
        return { kSigSegv, kSiKernel };
    }
}

int access_of(FaultRecord const& fault)
{
    constexpr uint32_t kWrite = 1 << 1, kFetch = 1 << 4;
    if (fault.error_code & kFetch)
        return kProtExec;
    return fault.error_code & kWrite ? kProtWrite : kProtRead;
}

// HOST: it can take any page away, and keep it. The thread tries again, as after every fault that a kernel resolves,
// but not for ever.
void try_again(Thread& thread, FaultRecord const& fault)
{
    constexpr uint32_t kMostInARow = 10'000;
    bool is_same = thread.last_fault == fault.address;
    thread.repeated_faults = is_same ? thread.repeated_faults + 1 : 0;
    thread.last_fault = fault.address;
    if (thread.repeated_faults < kMostInARow)
        return;
    Log(LogLevel::Error) << "the host keeps a page of the program away";
    thread.process().exit(kFarlFailed);
}

// A fault at memory that the application may use is none of its own.
bool is_made_by_host(Thread& thread, FaultRecord const& fault)
{
    if (fault.vector != kPageFault)
        return false;
    auto& process = thread.process();
    auto page = page_down(fault.address);
    {
        LockGuard guard(process.memory_lock);
        auto const* mapping = process.memory->find(page);
        if (!mapping || !mapping->resident || !mapping->allows(access_of(fault)))
            return false;
        if (mapping->is_anonymous() && !enclave_pages().are_accepted({ page, page + kPageSize }))
            return false; // nobody has used it yet
    }
    try_again(thread, fault);
    return true;
}

} // namespace

AfterSignals deliver_signals(Thread& thread, Restart restart)
{
    if (thread.must_exit.load())
        thread.exit(0);
    auto& frame = thread.frame();
    bool handled = false;
    Taken taken;
    while (take_signal(thread, taken)) {
        if (taken.action.handler == kSigDefault) {
            carry_out_default(thread, taken.info.signal);
            continue;
        }
        if (!handled)
            prepare_restart(frame, restart, taken.action);
        handled = true;
        enter_handler(thread, taken);
    }
    if (handled)
        return AfterSignals::Return;

    bool was_interrupted = frame.orig_rax != ~0ull && frame.rax == 0 - static_cast<uint64_t>(Errno::Eintr);
    if (was_interrupted && restart != Restart::Never)
        return AfterSignals::Repeat;
    if (thread.has_saved_mask) {
        thread.has_saved_mask = false;
        thread.process().set_blocked(thread, thread.saved_mask);
    }
    return AfterSignals::Return;
}

namespace {

// Whether the thread can go on; else what the fault means to it.
bool resolve_fault(Thread& thread, SignalInfo& info)
{
    auto& fault = thread.fault;
    auto& process = thread.process();
    bool is_page_fault = fault.vector == kPageFault;
    auto filling =
        is_page_fault ? fill_for_access(process, page_down(fault.address), access_of(fault)) : Filling::NotOurs;
    if (filling == Filling::Done) {
        thread.repeated_faults = 0;
        return true;
    }
    if (filling == Filling::Withheld) {
        try_again(thread, fault);
        return true;
    }
    bool is_mapped = false;
    if (is_page_fault) {
        LockGuard guard(process.memory_lock);
        is_mapped = process.memory->find(fault.address) != nullptr;
    }
    constexpr FaultSignal kBeyondEnd { kSigBus, 2 }; // BUS_ADRERR
    auto [signal, code] = filling == Filling::BeyondEnd ? kBeyondEnd : signal_of(fault, is_mapped);
    info.signal = signal;
    info.code = code;
    return false;
}

} // namespace

void handle_fault(Thread& thread)
{
    auto& fault = thread.fault;
    SignalInfo info;
    if (!fault.is_interrupt && !is_made_by_host(thread, fault) && !resolve_fault(thread, info)) {
        info.fault.address = fault.vector == kPageFault ? fault.address : thread.frame().rip;
        if (fault.vector == kBreakpoint || fault.vector == 13)
            info.fault.address = 0;
        Log line(LogLevel::Debug);
        line << "exception " << fault.vector << " in thread " << thread.tid() << " at 0x";
        line.hex(thread.frame().rip) << ", address 0x";
        line.hex(fault.address);
        thread.process().force_signal(thread, info);
    }
    (void)deliver_signals(thread, Restart::Never);
}

} // namespace farl
