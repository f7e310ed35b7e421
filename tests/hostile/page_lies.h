// A host that does not do to pages what it says.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>

namespace farl::host {

// Answers calls about pages with success and does nothing.
class UndonePageCalls final : public Attack {
public:
    // What it leaves undone: trim, remove, change (both), restrict. Null for anything else.
    static std::unique_ptr<Attack> create(std::string const& what);
    explicit UndonePageCalls(std::vector<wire::FarlCall> undone) : undone_(std::move(undone)) { }

    void before(HostCall& call) override;
    bool is_done() override { return count_ >= 20; } // pages come back meanwhile

private:
    std::vector<wire::FarlCall> const undone_;
    std::atomic<uint64_t> count_ { 0 };
};

// Takes a page of the program that it tells of out of the EPC, and lets a new one come.
class ReplacedPage final : public Attack {
public:
    void hear(std::string_view name) override;
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;

private:
    std::atomic<uint64_t> page_ { 0 };
};

} // namespace farl::host
