// The emulator's signal handlers: faults of the processor, which become exceptions of the enclave, and asynchronous
// signals, which become interrupts. Process-wide, like the signal actions that they set.
#pragma once

#include "host/platform/platform.h"

namespace farl::host {

// Sets the actions of SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP and SIGSYS. Once or more often.
Result<> install_fault_handlers();

// As Platform::on_signal.
Result<> install_signal_handler(int signal, SignalHandler handler);

} // namespace farl::host
