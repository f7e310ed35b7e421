#include "enclave/process/interval_timer.h"

#include <time.h>

namespace farl {

namespace {
constinit ProcessTimers timers;
}

ProcessTimers& process_timers() { return timers; }

void IntervalTimer::fire(Timer& fired)
{
    auto& self = *static_cast<IntervalTimer*>(fired.context);
    SignalInfo info;
    {
        LockGuard guard(self.lock_);
        info = self.info_;
        if (self.interval_ns_) {
            auto now = scheduler().now_ns();
            auto late = now > self.deadline_ns_ ? (now - self.deadline_ns_) / self.interval_ns_ : 0;
            if (info.code == kSiTimer)
                info.timer.overrun = static_cast<int32_t>(late);
            self.deadline_ns_ += (late + 1) * self.interval_ns_;
            scheduler().arm(self.timer_, self.deadline_ns_);
        } else {
            self.deadline_ns_ = 0;
        }
    }
    if (!info.signal)
        return;
    if (!self.tid_) {
        (void)process().send_signal(info);
        return;
    }
    auto target = process().find_thread(self.tid_);
    if (target.is_ok())
        (void)process().send_signal_to(*target.value(), info);
}

IntervalSetting IntervalTimer::current() const
{
    if (!deadline_ns_)
        return { 0, interval_ns_ };
    auto now = scheduler().now_ns();
    // Expired but not yet fired still counts as armed: the smallest time there is.
    return { deadline_ns_ > now ? deadline_ns_ - now : 1, interval_ns_ };
}

IntervalSetting IntervalTimer::get()
{
    LockGuard guard(lock_);
    return current();
}

IntervalSetting IntervalTimer::set(uint64_t deadline_ns, uint64_t interval_ns)
{
    LockGuard setting(setting_);
    scheduler().disarm(timer_);
    LockGuard guard(lock_);
    auto before = current();
    deadline_ns_ = deadline_ns;
    interval_ns_ = interval_ns;
    overrun_.store(0, std::memory_order_relaxed);
    if (deadline_ns)
        scheduler().arm(timer_, deadline_ns);
    return before;
}

// With the lock held. Null for an unknown number.
Ref<IntervalTimer>* ProcessTimers::slot(int number)
{
    auto index = static_cast<size_t>(number);
    return number >= 0 && index < timers_.size() && timers_[index] ? &timers_[index] : nullptr;
}

Result<Ref<IntervalTimer>> ProcessTimers::create(SignalInfo info, int tid, int clock)
{
    LockGuard guard(lock_);
    size_t number = 0;
    while (number < timers_.size() && timers_[number])
        ++number;
    if (number == kMostTimers)
        return Errno::Eagain;
    if (number == timers_.size())
        TRY(timers_.push({}));
    info.timer.timer_id = static_cast<int32_t>(number);
    timers_[number] = TRY(make_ref<IntervalTimer>(info, tid, clock));
    return timers_[number];
}

Result<> ProcessTimers::remove(int number)
{
    Ref<IntervalTimer> removed; // dropped without the lock: that waits for a callback that runs
    LockGuard guard(lock_);
    auto* found = slot(number);
    if (!found)
        return Errno::Einval;
    removed = std::exchange(*found, nullptr);
    return {};
}

void ProcessTimers::remove_all()
{
    Vector<Ref<IntervalTimer>> removed;
    LockGuard guard(lock_);
    removed = std::move(timers_);
}

Result<Ref<IntervalTimer>> ProcessTimers::find(int number)
{
    LockGuard guard(lock_);
    auto* found = slot(number);
    if (!found)
        return Errno::Einval;
    return *found;
}

void ProcessTimers::signal_taken(SignalInfo const& info)
{
    LockGuard guard(lock_);
    if (auto* found = slot(info.timer.timer_id))
        (*found)->signal_taken(info);
}

Result<Ref<IntervalTimer>> ProcessTimers::interval_timer(int which)
{
    struct Kind {
        int signal;
        int clock;
    };
    constexpr Kind kKinds[] = { { kSigAlrm, CLOCK_REALTIME }, { kSigVtalrm, CLOCK_PROCESS_CPUTIME_ID },
        { kSigProf, CLOCK_PROCESS_CPUTIME_ID } };
    if (which < 0 || which > 2)
        return Errno::Einval;
    LockGuard guard(lock_);
    auto& timer = standard_[which];
    if (!timer) {
        SignalInfo info;
        info.signal = kKinds[which].signal;
        info.code = kSiKernel;
        timer = TRY(make_ref<IntervalTimer>(info, 0, kKinds[which].clock));
    }
    return timer;
}

} // namespace farl
