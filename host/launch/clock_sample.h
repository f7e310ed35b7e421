// Readings of the host's clocks together with the time-stamp counter, for the runtime's own clock.
#pragma once

#include "abi/wire/hostcall.h"

namespace farl::host {

// The narrowest of a few, because another process may run in between.
wire::ClockSample sample_clocks();

} // namespace farl::host
