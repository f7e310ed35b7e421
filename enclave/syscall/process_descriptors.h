// Processes as descriptors, and comparing what processes share. There is one process.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_pidfd_open(Thread&, int pid, unsigned flags);
Result<> sys_pidfd_send_signal(Thread&, int fd, int signal, UserIn<SignalInfo> from, unsigned flags);
Result<int> sys_pidfd_getfd(Thread&, int fd, int target, unsigned flags);
Result<size_t> sys_process_madvise(Thread&, int fd, uint64_t vector, size_t count, int advice, unsigned flags);
Result<int> sys_kcmp(Thread&, int one, int other, int type, uint64_t first, uint64_t second);

} // namespace farl
