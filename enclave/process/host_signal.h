// What is believed of a signal that the host says came from outside.
#pragma once

#include "abi/wire/hostcall.h"
#include "enclave/process/signals.h"

#include <optional>

namespace farl {

// HOST: that it came, its sender and its value are the host's word. What an outsider cannot have sent falls away:
// faults, kernel codes with an address, timers, and a sender that is this very process (`own_pid`). So do those of
// `refused`: keys of a terminal that is not the host's.
std::optional<SignalInfo> believed_signal(wire::HostSignal const& signal, int own_pid, SignalSet refused);

} // namespace farl
