#include "tests/hostile/lying_platform.h"

#include "tests/hostile/calls.h"

#include <cerrno>
#include <string_view>
#include <sys/syscall.h>

namespace farl::host {

namespace {

uint64_t index_of(uint64_t tcs) { return (tcs - sgx::kTcsAreaBase) / sgx::kTcsBlockSize; }

} // namespace

// What the victim itself asks of the attack.
bool LyingEnclave::obey(HostCall& call)
{
    if (!call.is(SYS_faccessat))
        return false;
    std::string_view name(reinterpret_cast<char const*>(call.argument(1)));
    if (!name.starts_with("/hostile/"))
        return false;
    call.instead = 0;
    if (name.ends_with("/done"))
        call.instead = attack_.is_done() ? 0 : -ENOENT;
    else if (name.ends_with("arm"))
        is_armed_ = name.ends_with("/arm");
    else
        attack_.hear(name);
    return true;
}

void LyingEnclave::begin(HostCall& call)
{
    if (!find_call(call.number))
        report("unknown " + std::to_string(call.number));
    if (!obey(call) && is_armed_)
        attack_.before(call);
    if (call.instead)
        call.slot->number = SYS_getpid;
}

void LyingEnclave::finish(HostCall& call)
{
    call.slot->number = call.number;
    if (call.instead)
        call.slot->result = *call.instead;
    else if (is_armed_)
        attack_.after(call);
}

Outcome LyingEnclave::cross(uint64_t tcs, EntryLeaf leaf, LeafRegisters& registers)
{
    auto& call = open_[index_of(tcs)];
    bool answers = leaf == EntryLeaf::Enter && registers.rdi == static_cast<uint64_t>(wire::Entry::Resume);
    if (answers && call.slot) {
        finish(call);
        call = {};
    }
    if (leaf == EntryLeaf::Enter && registers.rdi == static_cast<uint64_t>(wire::Entry::Start))
        attack_.start(*reinterpret_cast<wire::StartInfo*>(registers.rsi));
    auto outcome = attack_.enter(*inner_, tcs, leaf, registers, is_armed_);
    bool asks = outcome.kind == Outcome::Kind::Exit && registers.rdi == static_cast<uint64_t>(wire::Exit::HostCall);
    if (asks) {
        auto* slot = reinterpret_cast<wire::HostCallSlot*>(registers.rsi);
        call = { slot, tcs, slot->number, {} };
        begin(call);
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
    return Owned<Enclave>(TRY(make_owned<LyingEnclave>(TRY(inner_.create(parameters)), attack_)));
}

} // namespace farl::host
