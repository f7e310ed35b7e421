#include "enclave/time/runtime_clock.h"

#include "base/spinlock.h"
#include "enclave/time/clock.h"

namespace farl {

namespace {

constinit Spinlock lock;
constinit Clock clock; // under lock
constinit Vvar published;

HostClockSample to_sample(wire::ClockSample const& sample)
{
    auto width = sample.tsc_after - sample.tsc_before;
    return { .tsc = sample.tsc_before + width / 2,
        .uncertainty_ticks = width,
        .monotonic_ns = sample.monotonic_ns,
        .realtime_ns = sample.realtime_ns,
        .boottime_ns = sample.boottime_ns,
        .tai_ns = sample.tai_ns };
}

uint64_t offset_of(uint64_t ClockParameters::*offset)
{
    ClockReading reading {};
    (void)read_clock(published, offset, reading); // the offset is right even when the deadline has passed
    return reading.offset_ns;
}

} // namespace

uint64_t monotonic_ns()
{
    ClockReading reading {};
    if (read_clock(published, nullptr, reading))
        return reading.monotonic_ns;
    LockGuard guard(lock);
    return clock.now_at(read_tsc()); // read under the lock: no update lies between
}

uint64_t realtime_offset_ns() { return offset_of(&ClockParameters::realtime_offset_ns); }
uint64_t tai_offset_ns() { return offset_of(&ClockParameters::tai_offset_ns); }
uint64_t boottime_offset_ns() { return offset_of(&ClockParameters::boottime_offset_ns); }
uint64_t boottime_ns() { return monotonic_ns() + boottime_offset_ns(); }

void update_clock(wire::ClockSample const& sample)
{
    LockGuard guard(lock);
    (void)clock.update(to_sample(sample), read_tsc());
    publish(published, clock.parameters());
}

Result<> initialise_clock(wire::ClockSample const& first, wire::ClockSample const& second)
{
    update_clock(first);
    update_clock(second);
    if (!clock.is_running())
        return Errno::Einval;
    return {};
}

bool is_clock_due() { return read_tsc() >= clock_parameters().deadline_tsc; }

ClockParameters clock_parameters()
{
    LockGuard guard(lock);
    return clock.parameters();
}

uint64_t ticks_to_ns(uint64_t ticks)
{
    return static_cast<uint64_t>(static_cast<unsigned __int128>(ticks) * clock_parameters().ns_per_tick_32 >> 32);
}

} // namespace farl
