// Threads, identity of the process, and its end.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<> sys_exit(Thread&, int status);
Result<> sys_exit_group(Thread&, int status);
Result<int> sys_getpid(Thread&);
Result<int> sys_gettid(Thread&);
Result<int> sys_set_tid_address(Thread&, uint64_t address);
Result<> sys_set_robust_list(Thread&, uint64_t head, size_t size);
Result<> sys_arch_prctl(Thread&, int operation, uint64_t address);
Result<int> sys_clone(
    Thread&, uint64_t flags, uint64_t stack, UserOut<int> parent_tid, UserOut<int> child_tid, uint64_t tls);
Result<int> sys_clone3(Thread&, uint64_t arguments, size_t size);
Result<uint64_t> sys_futex(
    Thread&, uint64_t address, int operation, uint32_t value, uint64_t timeout, uint64_t second, uint32_t third);
Result<> sys_sched_yield(Thread&);
Result<> sys_execve(Thread&, UserString path, uint64_t arguments, uint64_t environment);
Result<> sys_execveat(Thread&, int directory, UserString path, uint64_t arguments, uint64_t environment, int flags);
Result<> sys_get_robust_list(Thread&, int tid, UserOut<uint64_t> head, UserOut<uint64_t> size);
Result<int> sys_wait4(Thread&, int pid, uint64_t status, int options, uint64_t usage);
Result<> sys_waitid(Thread&, int type, int id, uint64_t info, int options, uint64_t usage);

} // namespace farl
