// Clock: turns samples of the host's clocks into parameters by which time is told from the time-stamp counter alone.
// HOST: the host decides what time it is and, in the first second, how fast it goes; afterwards monotonic time keeps
// that pace within 500 ppm whatever the host says, and it never goes back. Realtime follows the host, as settimeofday
// would. Pure: no counter is read here. The caller serialises calls and publishes parameters() after each update.
#pragma once

#include "enclave/time/vvar.h"

namespace farl {

struct HostClockSample {
    uint64_t tsc { 0 };               // the middle between the readings before and after the host was asked
    uint64_t uncertainty_ticks { 0 }; // between those two readings
    uint64_t monotonic_ns { 0 };
    uint64_t realtime_ns { 0 };
    uint64_t boottime_ns { 0 };
    uint64_t tai_ns { 0 };
};

enum class ClockVerdict {
    Early,     // the deadline has not passed: nothing changes
    Learning,  // no pace known yet: time is what the host says, but never earlier than before
    Followed,  // the clock follows the sample
    Slewed,    // the sample is further away than the pace may make good until the next one
    Imprecise, // the host took too long: the pace stays
    Refused,   // nonsense: the clock goes on without it
};

class Clock {
public:
    constexpr Clock() = default;

    // `now_tsc` is the counter now, read by the caller; the sample's own may be the host's word.
    ClockVerdict update(HostClockSample const& sample, uint64_t now_tsc);

    // The deadline is 0 while learning.
    ClockParameters const& parameters() const { return parameters_; }
    bool is_running() const { return nominal_pace_ != 0; }
    // Monotonic time, also behind the deadline.
    uint64_t now_at(uint64_t tsc) const;

private:
    ClockVerdict learn(HostClockSample const& sample, uint64_t now_tsc);
    ClockVerdict follow(HostClockSample const& sample, uint64_t now_tsc);
    uint64_t measured_pace(HostClockSample const& sample) const;
    void improve_pace(HostClockSample const& sample);
    bool adjust_pace(int64_t behind_ns);
    uint64_t allowed_pace(uint64_t pace) const;
    void go_on_without(uint64_t now_tsc);
    void rebase(uint64_t tsc, uint64_t monotonic_ns);
    void set_offsets(HostClockSample const& sample, uint64_t monotonic_ns);
    void set_deadline();
    uint64_t ticks_of(uint64_t ns) const;

    ClockParameters parameters_;
    HostClockSample first_;
    // In ns per tick, 32.32: as measured in the first second, and as learned since, within 500 ppm of it.
    uint64_t nominal_pace_ { 0 };
    uint64_t pace_ { 0 };
    uint64_t interval_ns_ { 0 }; // until the next sample is wanted
    bool has_first_ { false };
    bool is_pace_fixed_ { false };
};

} // namespace farl
