// Descriptors: copies of them, their flags, locks on what they have open, and ioctl.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_dup(Thread&, int fd);
Result<int> sys_dup2(Thread&, int fd, int target);
Result<int> sys_dup3(Thread&, int fd, int target, int flags);
Result<uint64_t> sys_fcntl(Thread&, int fd, int command, uint64_t argument);
Result<> sys_flock(Thread&, int fd, int operation);
Result<uint64_t> sys_ioctl(Thread&, int fd, uint32_t request, uint64_t argument);

} // namespace farl
