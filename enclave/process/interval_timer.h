// IntervalTimer: what setitimer(2), timer_create(2) and alarm(2) are made of: a timer that may repeat and sends a
// signal each time.
#pragma once

#include "enclave/process/process.h"
#include "enclave/sched/timer.h"

namespace farl {

struct IntervalSetting {
    uint64_t remaining_ns { 0 }; // 0: disarmed
    uint64_t interval_ns { 0 };  // 0: once
};

// Callers hold a reference: another thread may delete the timer meanwhile.
class IntervalTimer : public RefCounted<IntervalTimer> {
public:
    // `tid` 0: the signal goes to the process. Signal 0: none is sent.
    IntervalTimer(SignalInfo info, int tid, int clock) : info_(info), tid_(tid), clock_(clock)
    {
        timer_.context = this, timer_.callback = fire;
    }
    ~IntervalTimer() { scheduler().disarm(timer_); }

    int number() const { return info_.timer.timer_id; }
    int clock() const { return clock_; }
    // What the signal tells; before the first set().
    void set_value(uint64_t value) { info_.timer.value = value; }

    IntervalSetting get();
    // First expiry at a monotonic deadline; 0 disarms. Returns what was set before.
    IntervalSetting set(uint64_t deadline_ns, uint64_t interval_ns);
    // Expirations that the signal taken last stands for, beyond the first.
    int overrun() const { return overrun_.load(std::memory_order_relaxed); }
    void signal_taken(SignalInfo const& info) { overrun_.store(info.timer.overrun, std::memory_order_relaxed); }

private:
    static void fire(Timer& timer);
    IntervalSetting current() const;

    Spinlock setting_; // one set() at a time; taken before lock_
    Spinlock lock_;
    SignalInfo info_;
    int tid_;
    int clock_;
    uint64_t deadline_ns_ { 0 }; // 0: disarmed
    uint64_t interval_ns_ { 0 };
    std::atomic<int> overrun_ { 0 };
    Timer timer_;
};

// POSIX timers and the three of setitimer(2), of the process.
class ProcessTimers {
public:
    Result<Ref<IntervalTimer>> create(SignalInfo info, int tid, int clock);
    Result<> remove(int number);
    void remove_all();
    // EINVAL for an unknown number.
    Result<Ref<IntervalTimer>> find(int number);
    // A thread took the signal of a timer that timer_create(2) made; under the process's signal_lock.
    void signal_taken(SignalInfo const& info);
    // ITIMER_REAL, VIRTUAL and PROF; the last two run on real time.
    Result<Ref<IntervalTimer>> interval_timer(int which);

private:
    static constexpr size_t kMostTimers = 1024;

    Spinlock lock_;
    Ref<IntervalTimer>* slot(int number);

    Vector<Ref<IntervalTimer>> timers_;
    Ref<IntervalTimer> standard_[3];
};

ProcessTimers& process_timers();

} // namespace farl
