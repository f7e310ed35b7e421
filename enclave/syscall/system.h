// The system, its limits and the processor.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

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
Result<uint32_t> sys_personality(Thread&, uint32_t persona);
Result<int> sys_membarrier(Thread&, int command, unsigned flags);

} // namespace farl
