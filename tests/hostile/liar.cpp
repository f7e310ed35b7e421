#include "tests/hostile/liar.h"

#include "tests/hostile/calls.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <sys/syscall.h>

namespace farl::host {

// What the victim itself asks of the attack.
bool Liar::obey(HostCall& call)
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

void Liar::begin(HostCall& call)
{
    if (!find_call(call.number))
        report("unknown " + std::to_string(call.number));
    if (!obey(call) && is_armed_)
        attack_.before(call);
}

void Liar::finish(HostCall& call)
{
    if (call.instead)
        call.slot->result = *call.instead;
    else if (is_armed_)
        attack_.after(call);
}

int64_t LyingExecutor::execute(LinuxCall const& linux_call)
{
    // It outlives the call: attacks go on changing what they have seen.
    static thread_local wire::HostCallSlot slot;
    slot = { .number = linux_call.number };
    std::copy_n(linux_call.arguments, std::size(slot.arguments), slot.arguments);
    HostCall call { &slot, slot.number, {} };
    liar_.begin(call);
    auto changed = linux_call;
    changed.arguments = slot.arguments;
    if (!call.instead)
        slot.result = inner_.execute(changed);
    liar_.finish(call);
    return slot.result;
}

} // namespace farl::host
