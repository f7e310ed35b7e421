#include "tests/hostile/sweep.h"

#include "abi/sgx/layout.h"
#include "tests/hostile/crossing.h"

namespace farl::host {

namespace {

constexpr uint64_t kStepsOfFirstEntry = 2000; // until the stack stands, and well beyond
constexpr uint64_t kSteps = 100'000;          // more than the victim takes from one host call to the next

// Only the first carrier's thread uses them, but for the last.
bool has_entered = false;
bool in_handler = false;
bool is_active = false;
bool injects_faults = false;
uint64_t most_entries = 0;
std::atomic<uint64_t> entries { 0 };

// It does the same each time, but for what is rare.
bool is_worth_a_sweep_of_the_handler()
{
    static uint64_t times = 0;
    return times++ < 20 || times % 32 == 0;
}

void sweep(Crossing& crossing)
{
    crossing.injects_fault = in_handler && injects_faults;
    if (!has_entered)
        crossing.sweeps = kStepsOfFirstEntry;
    else if (is_active && (!in_handler || is_worth_a_sweep_of_the_handler()))
        crossing.sweeps = kSteps;
}

bool is_left_by_aex(Outcome const& outcome)
{
    return outcome.kind == Outcome::Kind::Interrupt || outcome.kind == Outcome::Kind::Exception;
}

} // namespace

Sweep::Sweep(uint64_t amount, bool faults)
{
    most_entries = amount;
    injects_faults = faults;
    choose_crossing = sweep;
}

// The handler cannot be entered for what happens to itself, and goes on where it was.
Outcome Sweep::interrupted_handler(Enclave& enclave, uint64_t tcs, Outcome outcome, LeafRegisters& registers)
{
    while (is_left_by_aex(outcome)) {
        LeafRegisters others { .rdi = entries % 5 };
        if (enclave.enter(tcs, EntryLeaf::Enter, others).kind != Outcome::Kind::Refused)
            report("nested " + std::to_string(others.rdi));
        outcome = enclave.enter(tcs, EntryLeaf::Resume, registers);
    }
    return outcome;
}

Outcome Sweep::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    if (tcs != sgx::tcs_address(0))
        return enclave.enter(tcs, leaf, registers);
    is_active = is_armed && !is_done();
    bool is_host_entry = leaf == EntryLeaf::Enter && registers.rdi;
    entries += is_active && is_host_entry;
    in_handler = leaf == EntryLeaf::Enter && !registers.rdi;
    auto outcome = enclave.enter(tcs, leaf, registers);
    if (in_handler)
        outcome = interrupted_handler(enclave, tcs, outcome, registers);
    has_entered |= outcome.kind == Outcome::Kind::Exit && !in_handler;
    in_handler = false;
    return outcome;
}

bool Sweep::is_done()
{
    bool is_done = entries >= most_entries;
    if (is_done && !has_told_.exchange(true)) {
        for (auto address : swept_addresses(false))
            report("swept " + std::to_string(address));
        for (auto address : swept_addresses(true))
            report("swept_handler " + std::to_string(address));
    }
    return is_done;
}

} // namespace farl::host
