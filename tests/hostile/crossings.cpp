#include "tests/hostile/crossings.h"

#include "abi/sgx/layout.h"
#include "tests/hostile/crossing.h"

#include <atomic>

namespace farl::host {

namespace {

std::atomic<bool> is_active { false };
std::atomic<uint64_t> entries { 0 };
uint64_t most_entries = 0;
uint64_t fault_after = 0;

bool takes_part(uint64_t& entry)
{
    if (!is_active)
        return false;
    entry = entries++;
    return entry < most_entries;
}

void poison(Crossing& crossing)
{
    constexpr uint64_t kStackPointers[] = { 0, 8, 0x123, sgx::tcs_address(0) + 10 * 4096, sgx::kRuntimeBase, 1ull << 63,
        UINT64_MAX, sgx::kEnclaveSize };
    uint64_t entry;
    if (takes_part(entry))
        crossing = { .is_poisoned = true,
            .spares_x87 = entry / 2 % 2 != 0,
            .is_recorded = true,
            .rsp = kStackPointers[entry % std::size(kStackPointers)] };
}

// Every instruction once, of those that follow an entry.
void interrupt(Crossing& crossing)
{
    uint64_t entry;
    if (takes_part(entry))
        crossing.steps = entry + 1;
}

void inject_fault(Crossing& crossing)
{
    uint64_t entry;
    if (takes_part(entry))
        crossing = { .is_poisoned = true, .rsp = 0x123, .steps = fault_after, .injects_fault = true };
}

} // namespace

std::unique_ptr<Attack> CrossingAttack::create(Words const& words)
{
    if (words.size() != 3)
        return nullptr;
    auto amount = std::stoull(words[2]);
    most_entries = words[1] == "fault" ? 1 : amount;
    fault_after = amount;
    choose_crossing = words[1] == "poison" ? poison : words[1] == "interrupt" ? interrupt : inject_fault;
    return std::make_unique<CrossingAttack>();
}

Outcome CrossingAttack::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    if (tcs == sgx::tcs_address(0))
        is_active = is_armed;
    return enclave.enter(tcs, leaf, registers);
}

bool CrossingAttack::is_done() { return entries >= most_entries; }

} // namespace farl::host
