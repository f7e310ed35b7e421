// Priorities, scheduling policies and processors of threads: remembered for those who ask, without effect on the
// scheduler inside.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_getpriority(Thread&, int which, int who);
Result<> sys_setpriority(Thread&, int which, int who, int priority);
Result<> sys_sched_setparam(Thread&, int pid, UserIn<int> parameter);
Result<> sys_sched_getparam(Thread&, int pid, UserOut<int> parameter);
Result<> sys_sched_setscheduler(Thread&, int pid, int policy, UserIn<int> parameter);
Result<int> sys_sched_getscheduler(Thread&, int pid);
Result<int> sys_sched_get_priority_max(Thread&, int policy);
Result<int> sys_sched_get_priority_min(Thread&, int policy);
Result<> sys_sched_rr_get_interval(Thread&, int pid, UserOut<timespec> interval);
Result<> sys_sched_setaffinity(Thread&, int pid, size_t size, UserBytes mask);
Result<size_t> sys_sched_getaffinity(Thread&, int pid, size_t size, UserBytes mask);

} // namespace farl
