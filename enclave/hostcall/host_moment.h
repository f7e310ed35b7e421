// HostMoment: the time since the last word from the host. While it lasts, what the host has said is what it would say
// now, as far as anybody inside can tell.
#pragma once

#include "base/tsc.h"
#include "enclave/hostcall/async_calls.h"

namespace farl {

class HostMoment {
public:
    static HostMoment now() { return { calls(), rough_ticks() }; }

    // No host call of any thread has returned since, no signal has come, and no time has passed by which anybody
    // outside could have been expected to have done something.
    bool is_still() const { return rough_ticks() - since_ < kLongest_ticks && calls() == calls_; }

private:
    static constexpr uint64_t kLongest_ticks = 100'000; // tens of microseconds

    HostMoment(uint64_t calls, uint64_t since) : calls_(calls), since_(since) { }
    static uint64_t calls() { return scheduler().host_calls() + async_calls().taken(); }

    uint64_t calls_;
    uint64_t since_;
};

} // namespace farl
