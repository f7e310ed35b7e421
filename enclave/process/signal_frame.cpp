#include "enclave/process/signal_frame.h"

#include "base/checked.h"
#include "enclave/memory/user_memory.h"
#include "enclave/process/process.h"

#include <cstring>

namespace farl {

namespace {

struct SignalContext { // struct sigcontext_64
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error_code, trap_number, old_mask, fault_address;
    uint64_t floating_point;
    uint64_t reserved[8];
};
static_assert(sizeof(SignalContext) == 256);

struct UserContext { // struct ucontext
    uint64_t flags;
    uint64_t link;
    SignalStack stack;
    SignalContext context;
    SignalSet mask;
};

struct SignalFrame {
    uint64_t return_address;
    UserContext context;
    SignalInfo info;
};

constexpr uint64_t kUcFpXstate = 1, kUcSigContextSs = 2, kUcStrictRestoreSs = 4;
constexpr uint32_t kFpMagic1 = 0x46505853, kFpMagic2 = 0x46505845;
constexpr size_t kRedZone = 128;
constexpr uint16_t kUserCs = 0x33, kUserSs = 0x2b;
constexpr uint64_t kStateComponents = 0xe7;
constexpr uint64_t kUserFlags = 0x50dd5; // what sigreturn may change: FIX_EFLAGS of arch/x86/kernel/signal.c

struct SoftwareReserved { // struct _fpx_sw_bytes, at 464 of the FXSAVE area
    uint32_t magic1;
    uint32_t extended_size;
    uint64_t features;
    uint32_t xstate_size;
    uint32_t padding[7];
};
constexpr size_t kSoftwareReservedOffset = 464;

struct ExtendedControl {
    uint64_t mask;
    size_t size;
};

// What the platform lets the enclave use (XFRM is measured), and how many bytes XSAVE writes for it.
ExtendedControl extended_control()
{
    uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    auto mask = low & kStateComponents;
    size_t size = 576;
    if (mask & 4)
        size = 832;
    if (mask & 0xe0)
        size = 2688;
    return { mask, size };
}

struct alignas(64) ExtendedArea {
    uint8_t bytes[kXsaveAreaSize];
};

void save_live_vectors(ExtendedArea& area, ExtendedControl control)
{
    memset(&area, 0, sizeof(area));
    asm volatile("xsave64 %0" : "+m"(area) : "a"(static_cast<uint32_t>(control.mask)), "d"(0) : "memory");
    SoftwareReserved reserved { .magic1 = kFpMagic1,
        .extended_size = static_cast<uint32_t>(control.size + sizeof(kFpMagic2)),
        .features = control.mask,
        .xstate_size = static_cast<uint32_t>(control.size) };
    memcpy(area.bytes + kSoftwareReservedOffset, &reserved, sizeof(reserved));
    memcpy(area.bytes + control.size, &kFpMagic2, sizeof(kFpMagic2));
}

bool wants_alternate_stack(Thread& thread, SignalAction const& action)
{
    return (action.flags & kSaOnStack) && thread.alternate_stack.state(thread.frame().rsp) == 0;
}

// The top of the stack for a new frame.
uint64_t frame_top(Thread& thread, SignalAction const& action)
{
    auto const& stack = thread.alternate_stack;
    return wants_alternate_stack(thread, action) ? stack.address + stack.size : thread.frame().rsp - kRedZone;
}

SignalContext context_of(UserFrame const& frame, Thread const& thread, SignalInfo const& info)
{
    SignalContext context {};
    context.r8 = frame.r8, context.r9 = frame.r9, context.r10 = frame.r10, context.r11 = frame.r11;
    context.r12 = frame.r12, context.r13 = frame.r13, context.r14 = frame.r14, context.r15 = frame.r15;
    context.rdi = frame.rdi, context.rsi = frame.rsi, context.rbp = frame.rbp, context.rbx = frame.rbx;
    context.rdx = frame.rdx, context.rax = frame.rax, context.rcx = frame.rcx, context.rsp = frame.rsp;
    context.rip = frame.rip, context.rflags = frame.rflags;
    context.cs = kUserCs, context.ss = kUserSs;
    context.trap_number = thread.fault.vector;
    context.error_code = thread.fault.error_code;
    context.old_mask = thread.blocked;
    if (info.signal == kSigSegv || info.signal == kSigBus)
        context.fault_address = thread.fault.address;
    return context;
}

void restore(UserFrame& frame, SignalContext const& context)
{
    frame.r8 = context.r8, frame.r9 = context.r9, frame.r10 = context.r10, frame.r11 = context.r11;
    frame.r12 = context.r12, frame.r13 = context.r13, frame.r14 = context.r14, frame.r15 = context.r15;
    frame.rdi = context.rdi, frame.rsi = context.rsi, frame.rbp = context.rbp, frame.rbx = context.rbx;
    frame.rdx = context.rdx, frame.rax = context.rax, frame.rcx = context.rcx, frame.rsp = context.rsp;
    frame.rip = context.rip;
    frame.rflags = (frame.rflags & ~kUserFlags) | (context.rflags & kUserFlags);
    frame.orig_rax = ~0ull;
}

} // namespace

Result<> set_alternate_stack(Thread& thread, SignalStack wanted)
{
    if (thread.alternate_stack.is_in_use(thread.frame().rsp))
        return Errno::Eperm;
    auto mode = wanted.flags & ~kSsAutoDisarm;
    if (mode != 0 && mode != kSsDisable && mode != kSsOnStack)
        return Errno::Einval;
    if (mode == kSsDisable)
        wanted.address = wanted.size = 0;
    else if (wanted.size < kSmallestSignalStack)
        return Errno::Enomem;
    thread.alternate_stack = wanted;
    return {};
}

uint64_t smallest_signal_frame()
{
    return sizeof(SignalFrame) + extended_control().size + sizeof(kFpMagic2) + kRedZone + 64 + 16;
}

Result<> push_signal_frame(Thread& thread, SignalInfo const& info, SignalAction const& action, SignalSet return_mask)
{
    auto control = extended_control();
    auto& frame = thread.frame();
    auto top = frame_top(thread, action);
    auto vectors = align_down<uint64_t>(top - control.size - sizeof(kFpMagic2), 64);
    auto address = align_down<uint64_t>(vectors - sizeof(SignalFrame), 16) - 8;
    auto& stack = thread.alternate_stack;
    bool is_on_alternate = wants_alternate_stack(thread, action) || stack.is_in_use(frame.rsp);
    if (is_on_alternate && !stack.holds(address))
        return Errno::Efault; // no room there, or no more

    ExtendedArea area;
    save_live_vectors(area, control);
    TRY(copy_to_user(vectors, area.bytes, control.size + sizeof(kFpMagic2)));

    SignalFrame pushed {};
    pushed.return_address = action.restorer;
    pushed.context.flags = kUcFpXstate | kUcSigContextSs | kUcStrictRestoreSs;
    pushed.context.stack = stack;
    pushed.context.context = context_of(frame, thread, info);
    pushed.context.context.floating_point = vectors;
    pushed.context.mask = return_mask;
    pushed.info = info;
    TRY(copy_to_user(address, &pushed, sizeof(pushed)));

    if (stack.flags & kSsAutoDisarm)
        stack = {};
    frame.rsp = address;
    frame.rip = action.handler;
    frame.rdi = static_cast<uint64_t>(info.signal);
    frame.rsi = address + offsetof(SignalFrame, info);
    frame.rdx = address + offsetof(SignalFrame, context);
    frame.rax = 0;
    frame.rflags &= ~0x10500ull; // DF, TF, RF
    frame.orig_rax = ~0ull;
    return {};
}

Result<> pop_signal_frame(Thread& thread)
{
    auto& frame = thread.frame();
    auto address = frame.rsp - 8; // the handler's ret took the return address
    SignalFrame popped;
    TRY(copy_from_user(&popped, address, sizeof(popped)));

    auto control = extended_control();
    ExtendedArea area;
    memset(&area, 0, sizeof(area));
    auto& context = popped.context.context;
    if (context.floating_point) {
        if (!is_aligned(context.floating_point, 64))
            return Errno::Efault;
        TRY(copy_from_user(area.bytes, context.floating_point, control.size));
        SoftwareReserved reserved;
        memcpy(&reserved, area.bytes + kSoftwareReservedOffset, sizeof(reserved));
        // The application may have written anything: XRSTOR faults on reserved bits, so keep to the components we have.
        uint64_t header[8] {};
        memcpy(header, area.bytes + 512, 8);
        header[0] = reserved.magic1 == kFpMagic1 ? header[0] & control.mask : 3;
        memcpy(area.bytes + 512, header, sizeof(header));
        uint32_t mxcsr;
        memcpy(&mxcsr, area.bytes + 24, 4);
        mxcsr &= 0xffff;
        memcpy(area.bytes + 24, &mxcsr, 4);
    } else {
        uint32_t mxcsr = 0x1f80;
        memcpy(area.bytes + 24, &mxcsr, 4);
    }
    restore(frame, context);
    asm volatile("xrstor64 %0" : : "m"(area), "a"(static_cast<uint32_t>(control.mask)), "d"(0) : "memory");

    (void)set_alternate_stack(thread, popped.context.stack);
    thread.process().set_blocked(thread, popped.context.mask);
    return {};
}

} // namespace farl
