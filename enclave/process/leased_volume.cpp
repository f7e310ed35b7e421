#include "enclave/process/leased_volume.h"

#include "enclave/hostcall/log.h"

namespace farl {

void LeasedVolume::say_if_lost()
{
    if (!tenure_.is_lost() || has_said_that_it_is_lost_)
        return;
    has_said_that_it_is_lost_ = true;
    Log(LogLevel::Error)
        << "volume " << tenure_.name()
        << ": the CAS says that it is not this enclave's any more: another one has taken over after its "
           "lease ran out, or its owner has broken that; nothing is written to it any more";
}

template <typename Step>
auto LeasedVolume::locked(Step const& step)
{
    LockGuard guard(lock_);
    auto result = step();
    say_if_lost();
    return result;
}

Result<> LeasedVolume::committed(VolumeState const& state)
{
    return locked([&] { return tenure_.committed(state); });
}

Result<> LeasedVolume::settle(VolumeState const& state)
{
    return locked([&] { return tenure_.settle(state); });
}

// Without the lock, which somebody may have who waits for the CAS, as long as there is time.
Result<> LeasedVolume::may_write()
{
    return tenure_.is_current() ? Result<> {} : locked([&] { return tenure_.hold(); });
}

void LeasedVolume::look_after()
{
    bool const is_answered = locked([&] { return tenure_.look_after(); });
    if (!is_answered && !has_said_that_nobody_answers_)
        Log(LogLevel::Warning) << "volume " << tenure_.name()
                               << ": the CAS does not answer; what has to be known there waits for it";
    has_said_that_nobody_answers_ = !is_answered;
}

void LeasedVolume::give_back()
{
    LockGuard guard(lock_);
    if (tenure_.is_lost() || tenure_.give_back().is_ok())
        return;
    Log(LogLevel::Warning) << "volume " << tenure_.name()
                           << ": the CAS does not hear that it is free again; it is when its lease has run out";
}

} // namespace farl
