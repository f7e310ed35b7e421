#include "enclave/vfs/timerfd.h"

namespace farl {

TimerFile::TimerFile(ClockOffset offset, uint32_t status_flags) : AnonymousFile(status_flags), offset_(offset)
{
    timer_.callback = [](Timer& timer) { static_cast<TimerFile*>(timer.context)->expired(); };
    timer_.context = this;
}

TimerFile::~TimerFile() { scheduler().disarm(timer_); }

void TimerFile::expired()
{
    {
        LockGuard guard(lock_);
        readers_.wake_all();
    }
    readiness_.notify(kPollIn | kPollRdNorm);
}

TimerFile::Setting TimerFile::remaining(uint64_t now)
{
    if (next_ns_ == kNever)
        return { 0, interval_ns_ };
    if (next_ns_ > now)
        return { next_ns_ - now, interval_ns_ };
    // Expired and not read: the next one counts.
    return { interval_ns_ ? interval_ns_ - (now - next_ns_) % interval_ns_ : 0, interval_ns_ };
}

TimerFile::Setting TimerFile::set(Setting const& setting, bool is_absolute)
{
    LockGuard changing(setting_);
    scheduler().disarm(timer_);
    auto now = scheduler().now_ns();
    auto deadline = kNever;
    if (setting.value_ns && is_absolute)
        deadline = setting.value_ns > offset_() ? setting.value_ns - offset_() : 1;
    else if (setting.value_ns)
        deadline = setting.value_ns < kNever - now ? now + setting.value_ns : kNever;
    Setting old;
    {
        LockGuard guard(lock_);
        old = remaining(now);
        next_ns_ = deadline;
        interval_ns_ = setting.interval_ns;
    }
    if (deadline != kNever)
        scheduler().arm(timer_, deadline);
    return old;
}

TimerFile::Setting TimerFile::get()
{
    LockGuard guard(lock_);
    return remaining(scheduler().now_ns());
}

uint64_t TimerFile::take_expirations(uint64_t now)
{
    if (next_ns_ > now)
        return 0;
    if (!interval_ns_) {
        next_ns_ = kNever;
        return 1;
    }
    auto count = (now - next_ns_) / interval_ns_ + 1;
    next_ns_ += count * interval_ns_;
    return count;
}

Result<size_t> TimerFile::read(Sink const& sink)
{
    uint64_t count;
    if (sink.size() < sizeof(count))
        return Errno::Einval;
    {
        LockGuard guard(lock_);
        while (!(count = take_expirations(scheduler().now_ns()))) {
            if (is_nonblocking())
                return Errno::Eagain;
            TRY(readers_.wait(lock_));
        }
    }
    rearm();
    TRY(sink.copy_from(0, &count, sizeof(count)));
    return sizeof(count);
}

// A periodic timer goes on once its expirations have been read.
void TimerFile::rearm()
{
    LockGuard changing(setting_);
    scheduler().disarm(timer_);
    uint64_t next;
    {
        LockGuard guard(lock_);
        next = next_ns_;
    }
    if (next != kNever)
        scheduler().arm(timer_, next);
}

uint32_t TimerFile::ready_events()
{
    LockGuard guard(lock_);
    return next_ns_ <= scheduler().now_ns() ? kPollIn | kPollRdNorm : 0;
}

} // namespace farl
