// System V message queues and semaphores, between the threads of the one process.
#pragma once

#include "enclave/process/process.h"
#include "enclave/syscall/dispatch.h"

#include <sys/ipc.h>

namespace farl {

Result<int> sys_msgget(Thread&, int key, int flags);
Result<> sys_msgsnd(Thread&, int number, uint64_t message, int64_t size, int flags);
Result<size_t> sys_msgrcv(Thread&, int number, uint64_t message, int64_t size, int64_t type, int flags);
Result<> sys_msgctl(Thread&, int number, int command, uint64_t buffer);
Result<int> sys_semget(Thread&, int key, int count, int flags);
Result<> sys_semop(Thread&, int number, uint64_t operations, unsigned count);
Result<> sys_semtimedop(Thread&, int number, uint64_t operations, unsigned count, uint64_t timeout);
Result<int> sys_semctl(Thread&, int number, int index, int command, uint64_t argument);

} // namespace farl
