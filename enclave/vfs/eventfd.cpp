#include "enclave/vfs/eventfd.h"

namespace farl {

namespace {

constexpr uint64_t kLargest = ~0ull - 1;

} // namespace

Result<uint64_t> EventCounter::take()
{
    uint64_t taken;
    {
        LockGuard guard(lock_);
        while (!value_) {
            if (is_nonblocking())
                return Errno::Eagain;
            TRY(readers_.wait(lock_));
        }
        taken = is_semaphore_ ? 1 : value_;
        value_ -= taken;
        writers_.wake_all();
    }
    readiness_.notify(kPollOut | kPollWrNorm);
    return taken;
}

Result<> EventCounter::put(uint64_t value)
{
    {
        LockGuard guard(lock_);
        while (value > kLargest - value_) {
            if (is_nonblocking())
                return Errno::Eagain;
            TRY(writers_.wait(lock_));
        }
        value_ += value;
        readers_.wake_all();
    }
    readiness_.notify(kPollIn | kPollRdNorm);
    return {};
}

Result<size_t> EventCounter::read(Sink const& sink)
{
    uint64_t value;
    if (sink.size() < sizeof(value))
        return Errno::Einval;
    value = TRY(take());
    TRY(sink.copy_from(0, &value, sizeof(value)));
    return sizeof(value);
}

Result<size_t> EventCounter::write(Source const& source)
{
    uint64_t value;
    if (source.size() < sizeof(value))
        return Errno::Einval;
    TRY(source.copy_to(0, &value, sizeof(value)));
    if (value == ~0ull)
        return Errno::Einval;
    TRY(put(value));
    return sizeof(value);
}

uint32_t EventCounter::ready_events()
{
    LockGuard guard(lock_);
    return (value_ ? kPollIn | kPollRdNorm : 0) | (value_ < kLargest ? kPollOut | kPollWrNorm : 0);
}

} // namespace farl
