#include "enclave/hostcall/pages.h"

#include "abi/linux/mman.h"
#include "abi/wire/hostcall.h"
#include "enclave/hostcall/channel.h"
#include "enclave/sched/gate.h"

#include <cstring>

namespace farl {

namespace {

constinit HostPages the_pages;

Result<> page_call(wire::FarlCall call, uint64_t a, uint64_t b, uint64_t c)
{
    return checked_status(HostAnswer(host_gate(call, a, b, c)));
}

} // namespace

HostPages& host_pages() { return the_pages; }

Result<> HostPages::protect(AddressRange range, int protection)
{
    return page_call(wire::FarlCall::ProtectPages, range.start, range.size(), static_cast<uint64_t>(protection));
}

Result<> HostPages::release(AddressRange range)
{
    return page_call(wire::FarlCall::ReleasePages, range.start, range.size(), 0);
}

Result<> HostPages::discard(AddressRange range)
{
    return page_call(wire::FarlCall::DiscardPages, range.start, range.size(), 0);
}

// Enclave pages have one address: the contents are copied.
Result<> HostPages::move(AddressRange from, uint64_t to, int protection)
{
    TRY(protect({ to, to + from.size() }, kProtRead | kProtWrite));
    TRY(protect(from, kProtRead));
    memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void const*>(from.start), from.size());
    TRY(release(from));
    if (protection != (kProtRead | kProtWrite))
        TRY(protect({ to, to + from.size() }, protection));
    return {};
}

Result<> HostPages::place(AddressRange from, uint64_t to, int protection)
{
    return checked_status(HostAnswer(host_gate({ .number = static_cast<uint64_t>(wire::FarlCall::PlacePages),
        .arguments = { from.start, from.size(), to, static_cast<uint64_t>(protection) } })));
}

} // namespace farl
