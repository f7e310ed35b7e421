// "sweep N [faults]": in N entries of the first carrier, and in its first one, an interrupt at each instruction of the
// runtime that is executed, and some of the program, once: on the way in, on the way out, in between, and in the
// exception handler, where `faults` makes them exceptions. While the handler is interrupted, another entry is tried.
// Reported are "swept ADDRESS" and "swept_handler ADDRESS" of the runtime's instructions, and "nested OUTCOME" of each
// entry that was not refused.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

class Sweep final : public Attack {
public:
    Sweep(uint64_t entries, bool faults);

    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override;

private:
    Outcome interrupted_handler(Enclave& enclave, uint64_t tcs, Outcome outcome, LeafRegisters& registers);

    std::atomic<bool> has_told_ { false };
};

} // namespace farl::host
