#include "host/executor/async/worker_roster.h"

#include <algorithm>

namespace farl::host {

void WorkerRoster::add()
{
    std::lock_guard guard(lock_);
    __atomic_store_n(&counts_->now, ++count_, __ATOMIC_RELAXED);
    __atomic_store_n(&counts_->most, std::max(counts_->most, count_), __ATOMIC_RELAXED);
}

void WorkerRoster::remove()
{
    std::lock_guard guard(lock_);
    __atomic_store_n(&counts_->now, --count_, __ATOMIC_RELAXED);
}

bool WorkerRoster::wake_sleeper()
{
    {
        std::lock_guard guard(lock_);
        if (sleeping_ == told_)
            return false;
        ++told_;
    }
    bell_.notify_one();
    return true;
}

void WorkerRoster::lie_down()
{
    std::lock_guard guard(lock_);
    ++sleeping_;
}

bool WorkerRoster::stay_awake()
{
    std::lock_guard guard(lock_);
    bool is_told = told_ == sleeping_--; // all of them: this one as well
    told_ -= is_told;
    return is_told;
}

WorkerRoster::Woken WorkerRoster::sleep(std::chrono::nanoseconds longest)
{
    std::unique_lock guard(lock_);
    while (!bell_.wait_for(guard, longest, [&] { return told_ > 0; })) {
        if (count_ == 1)
            continue;
        --sleeping_;
        __atomic_store_n(&counts_->now, --count_, __ATOMIC_RELAXED);
        return Woken::ToLeave;
    }
    --told_;
    --sleeping_;
    return Woken::Told;
}

} // namespace farl::host
