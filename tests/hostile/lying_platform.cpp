#include "tests/hostile/lying_platform.h"

#include <algorithm>
#include <span>
#include <sys/syscall.h>

namespace farl::host {

namespace {

uint64_t index_of(uint64_t tcs) { return (tcs - sgx::kTcsAreaBase) / sgx::kTcsBlockSize; }

} // namespace

void LyingEnclave::begin(HostCall& call, uint64_t index)
{
    liar_.begin(call);
    relay_.take_over(call, index);
    if (call.instead)
        call.slot->number = SYS_getpid;
}

void LyingEnclave::finish(HostCall& call)
{
    call.slot->number = call.number;
    liar_.finish(call);
    if (call.slot->follow_ups && call.slot->result >= 0)
        finish_follow_ups(reinterpret_cast<wire::BatchedCall*>(call.slot->follow_ups));
}

// They have been executed with the call that they follow.
void LyingEnclave::finish_follow_ups(wire::BatchedCall* batched)
{
    for (auto& one : std::span(batched, wire::kFollowUps)) {
        if (one.number == wire::kNoCall)
            continue;
        wire::HostCallSlot slot { .number = one.number, .result = one.result };
        std::ranges::copy(one.arguments, slot.arguments);
        HostCall call { &slot, slot.number, {} };
        liar_.begin(call);
        liar_.finish(call);
        one.result = slot.result;
    }
}

Outcome LyingEnclave::cross(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers)
{
    auto index = index_of(tcs);
    auto& call = open_[index];
    bool answers = leaf == EntryLeaf::Enter && registers.rdi == static_cast<uint64_t>(wire::Entry::Resume);
    if (answers && call.slot) {
        finish(call);
        relay_.note_return(index);
        call = {};
    }
    if (leaf == EntryLeaf::Enter && registers.rdi == static_cast<uint64_t>(wire::Entry::Start)) {
        auto& info = *reinterpret_cast<wire::StartInfo*>(registers.rsi);
        relay_.start(info);
        liar_.attack().start(info);
    }
    auto outcome = liar_.attack().enter(*inner_, tcs, leaf, registers, liar_.is_armed());
    bool asks = outcome.kind == Outcome::Kind::Exit && registers.rdi == static_cast<uint64_t>(wire::Exit::HostCall);
    if (asks) {
        auto* slot = reinterpret_cast<wire::HostCallSlot*>(registers.rsi);
        call = { slot, slot->number, {} };
        begin(call, index);
    }
    return outcome;
}

void LyingEnclave::serve(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers, OutcomeHandler& handler)
{
    std::optional<EntryLeaf> next = leaf;
    while (next)
        next = handler.handle(cross(tcs, *next, registers), registers);
}

Result<Owned<Enclave>> LyingPlatform::create(EnclaveParameters const& parameters)
{
    return Owned<Enclave>(TRY(make_owned<LyingEnclave>(TRY(inner_.create(parameters)), liar_, relay_)));
}

} // namespace farl::host
