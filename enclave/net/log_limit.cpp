#include "enclave/net/log_limit.h"

#include "enclave/hostcall/log.h"
#include "enclave/sched/scheduler.h"

namespace farl {

namespace {

constexpr uint64_t kInterval_ns = 1'000'000'000;
constexpr uint64_t kMost = 10; // in an interval

constinit Spinlock lock;
constinit uint64_t interval = 0;
constinit uint64_t written = 0;

} // namespace

bool may_log_shield()
{
    auto now = scheduler().now_ns() / kInterval_ns;
    uint64_t left_out = 0;
    {
        LockGuard guard(lock);
        if (now != interval) {
            left_out = written > kMost ? written - kMost : 0;
            interval = now;
            written = 0;
        }
        if (++written > kMost)
            return false;
    }
    if (left_out)
        Log(LogLevel::Warning) << "network shield: " << left_out << " more lines of this kind were left out";
    return true;
}

} // namespace farl
