// Attacks on memory: words that change while the enclave reads them, host memory that notices how it is accessed, and
// pages of the enclave that go away.
#pragma once

#include "tests/hostile/attack.h"

#include <atomic>
#include <mutex>
#include <set>

namespace farl::host {

// A thread that flips the slot's result and the staged memory to and fro while the enclave runs (double fetch). What
// the host itself relies on, the request in the slot, stays; `mask` spares pointers that its kernel would follow.
class Flips final : public Attack {
public:
    Flips(uint64_t mask, uint64_t calls);

    void after(HostCall& call) override;
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return calls_done_ >= calls_; }

private:
    [[noreturn]] void flip_for_ever();
    void flip_some();

    uint64_t const mask_, calls_;
    std::atomic<uint64_t> calls_done_ { 0 };
    std::mutex mutex_; // held while words are not what they were
    bool is_inside_ { false };
    uint64_t* result_ { nullptr };
    uint64_t* staged_ { nullptr };
};

// Takes the arena away on entry and looks at each instruction that misses it: host memory is accessed in aligned words
// of 8 bytes (CVE-2022-21233). Not the slots, which other threads of the host use meanwhile.
class AccessWatch final : public Attack {
public:
    void start(wire::StartInfo& info) override;
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return seen_ >= 200; }

private:
    void judge(uint64_t tcs, uint64_t address);

    Range arena_ {};
    std::atomic<uint64_t> seen_ { 0 };
    std::mutex mutex_;
    std::set<uint64_t> places_; // under it
};

// Takes a page of the program away that it tells of, for one access each time or for good.
class PageTheft final : public Attack {
public:
    explicit PageTheft(bool for_good) : for_good_(for_good) { }

    void hear(std::string_view name) override;
    Outcome enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed) override;
    bool is_done() override { return thefts_ >= 500; }

private:
    bool const for_good_;
    std::atomic<uint64_t> page_ { 0 };
    std::atomic<uint64_t> thefts_ { 0 };
};

} // namespace farl::host
