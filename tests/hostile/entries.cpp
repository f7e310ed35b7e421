#include "tests/hostile/entries.h"

#include "abi/sgx/layout.h"

#include <thread>
#include <vector>

namespace farl::host {

namespace {

constexpr uint64_t kUnusedTcs = 200;
constexpr uint64_t kSignalTcs = 1; // the first carrier that the runtime asks for brings signals in
// Start to Resume, and what is none of them.
constexpr uint64_t kSelectors[] = { 0, 1, 2, 3, 4, 5, 1ull << 32 | 4, UINT64_MAX };
constexpr uint64_t kResume = static_cast<uint64_t>(wire::Entry::Resume);

std::string describe(Outcome const& outcome, LeafRegisters const& registers)
{
    switch (outcome.kind) {
    case Outcome::Kind::Exit:
        return "exit " + std::to_string(registers.rdi) + " "
            + std::to_string(registers.rsi | registers.rdx | registers.r8 | registers.r9);
    case Outcome::Kind::Refused:
        return "refused";
    case Outcome::Kind::Exception:
        return "exception";
    case Outcome::Kind::Interrupt:
        return "interrupt";
    }
    return "?";
}

void attempt(Enclave& enclave, std::string const& what, uint64_t tcs, EntryLeaf leaf, uint64_t selector)
{
    LeafRegisters registers { .rdi = selector, .rsi = 0x1234, .rdx = 1, .r8 = 2, .r9 = 3 };
    auto outcome = enclave.enter(tcs, leaf, registers);
    report("entry " + what + "_" + std::to_string(selector) + " " + describe(outcome, registers));
}

} // namespace

// From a thread that is no carrier: a TCS that is busy with its own, and one that was never used.
void ForgedEntries::enter_others(Enclave& enclave)
{
    std::thread([&] {
        for (auto selector : kSelectors) {
            attempt(enclave, "unused", sgx::tcs_address(kUnusedTcs), EntryLeaf::Enter, selector);
            attempt(enclave, "unused_resumed", sgx::tcs_address(kUnusedTcs), EntryLeaf::Resume, selector);
        }
        attempt(enclave, "last", sgx::tcs_address(sgx::kTcsCount - 1), EntryLeaf::Enter, 2);
        attempt(enclave, "beyond", sgx::tcs_address(sgx::kTcsCount), EntryLeaf::Enter, 2);
        attempt(enclave, "inside", sgx::tcs_address(0) + 4096, EntryLeaf::Enter, 2);
    }).join();
}

// At once, each into TCS of its own and into one for all: where the runtime refuses them it has no lock and no stack
// yet.
void ForgedEntries::enter_in_a_crowd(Enclave& enclave)
{
    constexpr uint64_t kThreads = 4, kRounds = 100;
    std::vector<std::thread> threads;
    for (uint64_t thread = 0; thread < kThreads; ++thread)
        threads.emplace_back([&enclave, thread] {
            for (uint64_t round = 0; round < kRounds; ++round) {
                auto index = round % 2 ? kUnusedTcs : kUnusedTcs + 1 + thread;
                LeafRegisters registers { .rdi = kSelectors[(round + thread) % std::size(kSelectors)] };
                auto outcome = enclave.enter(sgx::tcs_address(index), EntryLeaf::Enter, registers);
                if (auto what = describe(outcome, registers); what != "refused")
                    report("entry crowd_" + std::to_string(thread * kRounds + round) + " " + what);
            }
        });
    for (auto& thread : threads)
        thread.join();
}

// A host call of this TCS is open: everything but its Resume is refused, and Resume is not for ERESUME.
void ForgedEntries::enter_while_outside(Enclave& enclave, uint64_t tcs)
{
    for (auto selector : kSelectors)
        if (selector != kResume)
            attempt(enclave, "nested", tcs, EntryLeaf::Enter, selector);
    attempt(enclave, "nested_resumed", tcs, EntryLeaf::Resume, kResume);
}

void ForgedEntries::enter_handler_again(Enclave& enclave, uint64_t tcs)
{
    for (auto selector : kSelectors)
        attempt(enclave, "handler", tcs, EntryLeaf::Enter, selector);
}

Outcome ForgedEntries::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    bool is_first = tcs == sgx::tcs_address(0);
    bool answers = leaf == EntryLeaf::Enter && registers.rdi == kResume;
    if (is_armed && is_first && answers && !has_entered_others_.exchange(true)) {
        // The runtime waits for one carrier, and would take a forged one for it.
        has_signal_carrier_.wait(false);
        enter_others(enclave);
        enter_in_a_crowd(enclave);
        enter_while_outside(enclave, tcs);
    }
    bool resumes = is_armed && is_first && leaf == EntryLeaf::Resume;
    if (resumes && !has_entered_handler_.exchange(true)) {
        enter_handler_again(enclave, tcs);
        is_done_ = true;
    }
    auto outcome = enclave.enter(tcs, leaf, registers);
    if (tcs == sgx::tcs_address(kSignalTcs)) {
        has_signal_carrier_ = true;
        has_signal_carrier_.notify_all();
    }
    return outcome;
}

} // namespace farl::host
