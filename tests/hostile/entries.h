// Entries in an order of the host's choice: by carriers nobody asked for, while a host call is open, with selectors
// that mean nothing, into a TCS that is busy, by several threads at once, into the exception entry again and again.
// Each is refused, and the program goes on as if nothing had happened. What an entry did is reported as "entry WHAT
// OUTCOME".
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

class ForgedEntries final : public Attack {
public:
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return is_done_; }

private:
    void enter_others(Enclave& enclave);
    void enter_in_a_crowd(Enclave& enclave);
    void enter_while_outside(Enclave& enclave, uint64_t tcs);
    void enter_handler_again(Enclave& enclave, uint64_t tcs);

    std::atomic<bool> has_signal_carrier_ { false };
    std::atomic<bool> has_entered_others_ { false };
    std::atomic<bool> has_entered_handler_ { false };
    std::atomic<bool> is_done_ { false };
};

} // namespace farl::host
