// What is done to the first carrier's crossings: "crossing poison N" for N entries, "crossing interrupt N" after each
// of the first N instructions once, "crossing fault N" after the N-th instruction of one entry, with a wild stack
// pointer.
#pragma once

#include "tests/hostile/attack.h"

namespace farl::host {

class CrossingAttack final : public Attack {
public:
    // Null for words that it does not know.
    static std::unique_ptr<Attack> create(Words const& words);

    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override;
};

} // namespace farl::host
