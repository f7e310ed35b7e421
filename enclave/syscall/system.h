// The system, its limits and the processor.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

namespace farl {

Result<> sys_uname(Thread&, UserOut<utsname> name);
Result<> sys_sysinfo(Thread&, UserOut<struct sysinfo> info);
Result<> sys_getrlimit(Thread&, int resource, UserOut<ResourceLimit> limit);
Result<> sys_setrlimit(Thread&, int resource, UserIn<ResourceLimit> limit);
Result<> sys_prlimit64(Thread&, int pid, int resource, UserIn<ResourceLimit> limit, UserOut<ResourceLimit> old);
Result<int64_t> sys_prctl(Thread&, int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
Result<size_t> sys_getrandom(Thread&, UserBytes buffer, size_t size, unsigned flags);
Result<> sys_getcpu(Thread&, UserOut<unsigned> cpu, UserOut<unsigned> node);
Result<int> sys_personality(Thread&, uint64_t persona);
Result<int> sys_membarrier(Thread&, int command, unsigned flags);

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
