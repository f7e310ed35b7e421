// Priorities, scheduling policies and processors of threads: remembered for those who ask, without effect on the
// scheduler inside.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

namespace farl {

// sched_setattr(2); linux/sched/types.h has it in newer versions only.
struct SchedulingAttributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least_utilisation, most_utilisation;
};
static_assert(sizeof(SchedulingAttributes) == 56);

Result<int> sys_getpriority(Thread&, int which, int who);
Result<> sys_setpriority(Thread&, int which, int who, int priority);
Result<> sys_sched_setparam(Thread&, int pid, UserIn<int> parameter);
Result<> sys_sched_getparam(Thread&, int pid, UserOut<int> parameter);
Result<> sys_sched_setscheduler(Thread&, int pid, int policy, UserIn<int> parameter);
Result<int> sys_sched_getscheduler(Thread&, int pid);
Result<> sys_sched_setattr(Thread&, int pid, uint64_t attributes, unsigned flags);
Result<> sys_sched_getattr(Thread&, int pid, uint64_t attributes, unsigned size, unsigned flags);
Result<int> sys_ioprio_get(Thread&, int which, int who);
Result<> sys_ioprio_set(Thread&, int which, int who, int value);
Result<int> sys_sched_get_priority_max(Thread&, int policy);
Result<int> sys_sched_get_priority_min(Thread&, int policy);
Result<> sys_sched_rr_get_interval(Thread&, int pid, UserOut<timespec> interval);
Result<> sys_sched_setaffinity(Thread&, int pid, size_t size, UserBytes mask);
Result<size_t> sys_sched_getaffinity(Thread&, int pid, size_t size, UserBytes mask);

} // namespace farl
