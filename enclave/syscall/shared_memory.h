// System V shared memory, between the threads and mappings of the one process.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_shmget(Thread&, int key, uint64_t size, int flags);
Result<uint64_t> sys_shmat(Thread&, int number, uint64_t address, int flags);
Result<> sys_shmdt(Thread&, uint64_t address);
Result<> sys_shmctl(Thread&, int number, int command, uint64_t buffer);

} // namespace farl
