#include "enclave/process/interval_timer.h"

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

Result<int> ProcessTimers::create(SignalInfo info, int tid, int clock)
{
    LockGuard guard(lock_);
    size_t id = 0;
    while (id < items_.size() && items_[id].timer)
        ++id;
    if (id == kMostTimers)
        return Errno::Eagain;
    if (id == items_.size())
        TRY(items_.push({}));
    info.timer.timer_id = static_cast<int32_t>(id);
    items_[id] = { TRY(make_owned<IntervalTimer>(info, tid)), clock };
    return static_cast<int>(id);
}

Result<> ProcessTimers::remove(int id)
{
    Owned<IntervalTimer> removed; // destroyed without the lock: it waits for a callback that runs
    LockGuard guard(lock_);
    if (id < 0 || static_cast<size_t>(id) >= items_.size() || !items_[static_cast<size_t>(id)].timer)
        return Errno::Einval;
    removed = std::move(items_[static_cast<size_t>(id)].timer);
    return {};
}

void ProcessTimers::remove_all()
{
    Vector<Item> removed;
    LockGuard guard(lock_);
    removed = std::move(items_);
}

Result<IntervalTimer*> ProcessTimers::find(int id)
{
    LockGuard guard(lock_);
    if (id < 0 || static_cast<size_t>(id) >= items_.size() || !items_[static_cast<size_t>(id)].timer)
        return Errno::Einval;
    return items_[static_cast<size_t>(id)].timer.get();
}

Result<int> ProcessTimers::clock_of(int id)
{
    LockGuard guard(lock_);
    if (id < 0 || static_cast<size_t>(id) >= items_.size() || !items_[static_cast<size_t>(id)].timer)
        return Errno::Einval;
    return items_[static_cast<size_t>(id)].clock;
}

void ProcessTimers::signal_taken(SignalInfo const& info)
{
    LockGuard guard(lock_);
    auto id = static_cast<size_t>(info.timer.timer_id);
    if (id < items_.size() && items_[id].timer)
        items_[id].timer->signal_taken(info);
}

Result<IntervalTimer*> ProcessTimers::interval_timer(int which)
{
    constexpr int kSignals[] = { kSigAlrm, kSigVtalrm, kSigProf };
    if (which < 0 || which > 2)
        return Errno::Einval;
    LockGuard guard(lock_);
    auto& timer = standard_[which];
    if (!timer) {
        SignalInfo info;
        info.signal = kSignals[which];
        info.code = kSiKernel;
        timer = TRY(make_owned<IntervalTimer>(info));
    }
    return timer.get();
}

} // namespace farl
