// Signals of the launcher. Those from outside are blocked; one carrier waits for them and brings them in. One is the
// launcher's own: it interrupts a host call, or brings a carrier out of the enclave.
#pragma once

#include "abi/wire/hostcall.h"
#include "host/platform/platform.h"

namespace farl::host {

// Interrupts a thread: its host call ends with EINTR, also one that has not begun.
int kick_signal();

Result<> install_signals(Platform& platform);

// Calls of the enclave: 0.
int64_t wait_signal(wire::HostSignal& taken);
int64_t stop_process(int signal);
// With a status, or by a signal that is not 0.
[[noreturn]] void end_process(int status, int signal);

} // namespace farl::host
