#include "host/launch/clock_sample.h"

#include <ctime>
#include <x86intrin.h>

namespace farl::host {

namespace {

uint64_t clock_ns(clockid_t clock)
{
    timespec now {};
    clock_gettime(clock, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

wire::ClockSample sample_clocks_once()
{
    wire::ClockSample sample {};
    sample.tsc_before = __rdtsc();
    sample.monotonic_ns = clock_ns(CLOCK_MONOTONIC);
    sample.realtime_ns = clock_ns(CLOCK_REALTIME);
    sample.boottime_ns = clock_ns(CLOCK_BOOTTIME);
    sample.tai_ns = clock_ns(CLOCK_TAI);
    sample.tsc_after = __rdtsc();
    return sample;
}

} // namespace

wire::ClockSample sample_clocks()
{
    auto width = [](wire::ClockSample const& sample) { return sample.tsc_after - sample.tsc_before; };
    auto best = sample_clocks_once();
    for (int more = 0; more < 3; ++more) {
        auto sample = sample_clocks_once();
        if (width(sample) < width(best))
            best = sample;
    }
    return best;
}

} // namespace farl::host
