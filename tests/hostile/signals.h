// Signals that look like faults: sent to the carrier that runs the program, and claimed by the call that brings signals
// in. SIGUSR1 comes along, which a host may send.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

class ForgedSignals final : public Attack {
public:
    explicit ForgedSignals(Platform& platform);

    void after(HostCall& call) override;
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return is_done_; }

private:
    void send_all();

    std::atomic<int> victim_ { 0 };
    std::atomic<unsigned> forged_ { 0 };
    std::atomic<bool> is_done_ { false };
};

} // namespace farl::host
