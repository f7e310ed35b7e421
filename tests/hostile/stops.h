// Carriers that the host stops and lets go on as it likes (AsyncShock, Game of Threads): at random instructions, before
// and after each crossing, for random times; so answers come late and in any order. What happened to a carrier the
// runtime is told only sometimes.
#pragma once

#include "tests/hostile/attack.h"

#include "abi/sgx/layout.h"

#include <atomic>

namespace farl::host {

class RandomStops final : public Attack {
public:
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return stops_ >= kStops; }

private:
    static constexpr uint64_t kStops = 1000;

    void stop();
    void interrupt_for_ever();

    std::atomic<uint64_t> stops_ { 0 };
    std::atomic<bool> is_interrupting_ { false };
    std::atomic<int> threads_[sgx::kTcsCount] {};
};

} // namespace farl::host
