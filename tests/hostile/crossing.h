// The crossing itself, attacked: entries of the first carrier with registers of the host's choice, exits whose
// registers are looked at, and exceptions and interrupts at an instruction of the host's choice. One at a time.
#pragma once

#include "host/platform/emulator/thread_block.h"

#include <cstdint>
#include <vector>

namespace farl::host {

struct Crossing {
    bool is_poisoned { false }; // registers, flags and vector state on entry
    bool spares_x87 { false };  // nor AVX-512: only YMM registers are in use then
    bool is_recorded { false }; // registers on exit are judged
    uint64_t rsp { 0 };         // on entry, if poisoned
    uint64_t steps { 0 };       // after so many instructions something happens; 0: nothing does
    bool injects_fault { false };
    uint64_t sweeps {
        0
    }; // until so many instructions are done, each that was not swept before is, by an interrupt or a fault
};

// Called before each EENTER of the first carrier; may be null. Set before the enclave runs.
extern void (*choose_crossing)(Crossing& crossing);

// The addresses in the runtime's image that have been swept, outside of the exception handler or in it.
std::vector<uint64_t> swept_addresses(bool in_handler);

} // namespace farl::host
