// Signals of the SGX platform: Platform::on_signal() and take_interrupt().
#pragma once

#include "host/platform/platform.h"

namespace farl::host {

// #DB and #BP of enclaves come as SIGTRAP: makes exceptions of them.
Result<> install_trap_handler();

Result<> install_sgx_signal_handler(int signal, SignalHandler handler);

bool take_sgx_interrupt();

} // namespace farl::host
