// Signal frames on the application's stack, laid out as Linux does on x86-64 (struct rt_sigframe, arch/x86).
#pragma once

#include "enclave/process/thread.h"

namespace farl {

// Pushes a frame and points the user frame at the handler. EFAULT if the stack cannot take it.
Result<> push_signal_frame(Thread& thread, SignalInfo const& info, SignalAction const& action, SignalSet return_mask);

// rt_sigreturn(2): everything as the frame at the user's stack pointer says. EFAULT: the caller raises SIGSEGV.
Result<> pop_signal_frame(Thread& thread);

// sigaltstack(2), and the stack of a frame on return: EPERM while the stack is in use.
Result<> set_alternate_stack(Thread& thread, SignalStack wanted);

// What AT_MINSIGSTKSZ promises.
uint64_t smallest_signal_frame();

} // namespace farl
