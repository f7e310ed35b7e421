// The runtime's clock: time without leaving the enclave, from the time-stamp counter and samples of the host's clocks
// (clock.h says what of those is believed). The application's vDSO reads a copy of the same parameters.
#pragma once

#include "abi/wire/hostcall.h"
#include "base/result.h"
#include "enclave/time/vvar.h"

namespace farl {

uint64_t monotonic_ns();
uint64_t boottime_ns();
// What to add to monotonic time.
uint64_t realtime_offset_ns();
uint64_t boottime_offset_ns();
uint64_t tai_offset_ns();

// Two samples taken at start; EINVAL if they make no sense.
Result<> initialise_clock(wire::ClockSample const& first, wire::ClockSample const& second);

// A new sample, from which the clock learns.
void update_clock(wire::ClockSample const& sample);
// Whether the parameters should be renewed by now.
bool is_clock_due();
ClockParameters clock_parameters();
// Of the time-stamp counter, at its present pace.
uint64_t ticks_to_ns(uint64_t ticks);

} // namespace farl
