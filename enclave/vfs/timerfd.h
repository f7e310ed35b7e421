// TimerFile: what timerfd_create(2) makes. Runs on the runtime's clock; the host is only asked to wake a sleeper.
#pragma once

#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/anonymous_file.h"

#include <time.h>

namespace farl {

class TimerFile final : public AnonymousFile {
public:
    // Nanoseconds to add to monotonic time to get the timer's clock, now.
    using ClockOffset = uint64_t (*)();

    TimerFile(ClockOffset offset, uint32_t status_flags);
    ~TimerFile() override;

    // timerfd_settime(2); `value` in ns, 0 stops it. The old setting is returned as gettime gives it.
    struct Setting {
        uint64_t value_ns { 0 };
        uint64_t interval_ns { 0 };
    };
    Setting set(Setting const& setting, bool is_absolute);
    Setting get();

    Result<size_t> read(Sink const& sink) override;
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return &readiness_; }
    TimerFile* as_timer_file() override { return this; }

private:
    void expired();
    void rearm();
    Setting remaining(uint64_t now);
    uint64_t take_expirations(uint64_t now);

    ClockOffset offset_;
    Mutex setting_; // one change of the timer at a time
    Timer timer_;

    Spinlock lock_;               // all below
    uint64_t next_ns_ { kNever }; // monotonic time of the first expiration that was not read
    uint64_t interval_ns_ { 0 };
    WaitQueue readers_;
};

} // namespace farl
