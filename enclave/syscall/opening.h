// Opening and closing files.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_open(Thread&, UserString path, int flags, uint32_t mode);
Result<int> sys_creat(Thread&, UserString path, uint32_t mode);
Result<int> sys_openat(Thread&, int directory, UserString path, int flags, uint32_t mode);
Result<int> sys_openat2(Thread&, int directory, UserString path, uint64_t how, size_t size);
Result<> sys_close(Thread&, int fd);
Result<> sys_close_range(Thread&, uint32_t first, uint32_t last, uint32_t flags);

} // namespace farl
