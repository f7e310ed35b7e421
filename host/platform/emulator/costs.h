// What transitions cost on hardware, for the emulator to charge: a delay at each EENTER, EEXIT, AEX and ERESUME, half
// of what an entry and an exit take together. The cost of memory encryption is not modelled.
#pragma once

#include <atomic>
#include <cstdint>
#include <x86intrin.h>

namespace farl::host {

// For all enclaves of the process; 0, the default, charges nothing. Takes about a millisecond to find the counter's
// pace.
void set_transition_cost(uint64_t entry_and_exit_ns);

extern std::atomic<uint64_t> half_transition_ticks;
extern std::atomic<uint64_t> charged_half_transitions; // how often something was charged

inline void charge_half_transition()
{
    auto ticks = half_transition_ticks.load(std::memory_order_relaxed);
    if (!ticks) [[likely]]
        return;
    charged_half_transitions.fetch_add(1, std::memory_order_relaxed);
    auto end = __rdtsc() + ticks;
    while (__rdtsc() < end)
        __builtin_ia32_pause();
}

} // namespace farl::host
