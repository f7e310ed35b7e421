#include "enclave/time/runtime_clock.h"

namespace farl {

namespace {

constinit ClockSample base {};
constinit uint64_t ns_per_tick_32 = 0; // 32.32 fixed point

uint64_t ticks()
{
    uint32_t low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return static_cast<uint64_t>(high) << 32 | low;
}

} // namespace

Result<> initialise_clock(ClockSample const& first, ClockSample const& second)
{
    if (second.tsc <= first.tsc || second.monotonic_ns <= first.monotonic_ns)
        return Errno::Einval;
    auto elapsed_ns = second.monotonic_ns - first.monotonic_ns;
    auto elapsed_ticks = second.tsc - first.tsc;
    constexpr uint64_t kFarApart = 1ull << 32;
    if (elapsed_ns >= kFarApart)
        return Errno::Einval;
    ns_per_tick_32 = (elapsed_ns << 32) / elapsed_ticks;
    base = second;
    return {};
}

uint64_t monotonic_ns()
{
    auto elapsed = ticks() - base.tsc;
    return base.monotonic_ns + static_cast<uint64_t>((static_cast<unsigned __int128>(elapsed) * ns_per_tick_32) >> 32);
}

uint64_t boottime_ns() { return monotonic_ns() - base.monotonic_ns + base.boottime_ns; }

uint64_t realtime_offset_ns() { return base.realtime_ns - base.monotonic_ns; }

} // namespace farl
