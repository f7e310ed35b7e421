#include "tests/hostile/memory_attacks.h"

#include "abi/sgx/layout.h"
#include "abi/sgx/ssa.h"
#include "tests/hostile/told_page.h"

#include <sys/mman.h>
#include <thread>

namespace farl::host {

namespace {

constexpr uint64_t kFirstTcs = sgx::tcs_address(0);
constexpr size_t kStagedWords = 4096 / 8;
constexpr int kFlipsAtOnce = 64;
constexpr uint8_t kPageFault = 14;

bool is_page_fault(Outcome const& outcome)
{
    return outcome.kind == Outcome::Kind::Exception && outcome.vector == kPageFault;
}

} // namespace

// ---- flips

Flips::Flips(uint64_t mask, uint64_t calls) : mask_(mask), calls_(calls)
{
    std::thread([this] { flip_for_ever(); }).detach();
}

void Flips::flip_some()
{
    static uint64_t random = 88172645463325252ull;
    for (int i = 0; i < kFlipsAtOnce; ++i) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        bool is_result = i % 8 == 0;
        auto* word = is_result ? result_ : staged_ + random % kStagedWords;
        auto change = is_result ? random : random & mask_;
        __atomic_fetch_xor(word, change, __ATOMIC_SEQ_CST);
        __atomic_fetch_xor(word, change, __ATOMIC_SEQ_CST);
    }
}

void Flips::flip_for_ever()
{
    for (;;) {
        {
            std::lock_guard lock(mutex_);
            if (is_inside_)
                flip_some();
        }
        std::this_thread::yield();
    }
}

// The staged memory of the call is where the first argument that is an address points.
void Flips::after(HostCall& call)
{
    ++calls_done_;
    for (auto argument : call.slot->arguments) {
        if (argument < sgx::kEnclaveSize || argument >= 1ull << 47)
            continue;
        std::lock_guard lock(mutex_);
        staged_ = reinterpret_cast<uint64_t*>(argument & ~0xFFFFull);
        result_ = reinterpret_cast<uint64_t*>(&call.slot->result);
        return;
    }
}

Outcome Flips::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    if (tcs != kFirstTcs)
        return enclave.enter(tcs, leaf, registers);
    {
        std::lock_guard lock(mutex_);
        is_inside_ = is_armed && staged_;
    }
    auto outcome = enclave.enter(tcs, leaf, registers);
    std::lock_guard lock(mutex_);
    is_inside_ = false;
    return outcome;
}

// ---- how host memory is accessed

void AccessWatch::start(wire::StartInfo& info) { arena_ = { info.arena_address, 64ull << 20 }; }

// MOV of a quadword register, or REP MOVSQ.
void AccessWatch::judge(uint64_t tcs, uint64_t address)
{
    auto const& registers = *reinterpret_cast<sgx::Gprs const*>(tcs + 4096 + sgx::gprs_offset(4096));
    auto const* code = reinterpret_cast<uint8_t const*>(registers.rip);
    if (*code == 0xF3)
        ++code;
    bool is_wide = (code[0] & 0xF8) == 0x48;
    bool is_move = code[1] == 0x89 || code[1] == 0x8B || code[1] == 0xA5;
    ++seen_;
    std::lock_guard lock(mutex_);
    if (places_.insert(registers.rip).second)
        report("access " + std::string(is_wide && is_move && address % 8 == 0 ? "wide" : "narrow") + " at "
            + std::to_string(registers.rip));
}

Outcome AccessWatch::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    bool watches = is_armed && tcs == kFirstTcs;
    if (watches)
        mprotect(reinterpret_cast<void*>(arena_.address), arena_.size, PROT_NONE);
    auto outcome = enclave.enter(tcs, leaf, registers);
    while (is_page_fault(outcome) && arena_.contains(outcome.address)) {
        judge(tcs, outcome.address);
        mprotect(reinterpret_cast<void*>(outcome.address & ~4095ull), 4096, PROT_READ | PROT_WRITE);
        outcome = enclave.enter(tcs, EntryLeaf::Resume, registers);
    }
    if (watches)
        mprotect(reinterpret_cast<void*>(arena_.address), arena_.size, PROT_READ | PROT_WRITE);
    return outcome;
}

// ---- pages that go away

void PageTheft::hear(std::string_view name)
{
    if (auto page = told_page(name))
        page_ = *page;
}

Outcome PageTheft::enter(Enclave& enclave, uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, bool is_armed)
{
    Range const page { page_, 4096 };
    if (is_armed && page.address && tcs == kFirstTcs && leaf == EntryLeaf::Enter && registers.rdi)
        MUST(enclave.protect(page, 0));
    auto outcome = enclave.enter(tcs, leaf, registers);
    if (is_page_fault(outcome) && page.contains(outcome.address) && page.address) {
        ++thefts_;
        if (!for_good_)
            MUST(enclave.protect(page, sgx::kPageRead | sgx::kPageWrite));
    }
    return outcome;
}

} // namespace farl::host
