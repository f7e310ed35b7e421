// Directories: where the process is, making and removing them, and reading their entries.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_getcwd(Thread&, UserBytes buffer, size_t size);
Result<> sys_chdir(Thread&, UserString path);
Result<> sys_fchdir(Thread&, int fd);
Result<> sys_mkdir(Thread&, UserString path, uint32_t mode);
Result<> sys_mkdirat(Thread&, int directory, UserString path, uint32_t mode);
Result<> sys_rmdir(Thread&, UserString path);
Result<size_t> sys_getdents(Thread&, int fd, UserBytes buffer, uint32_t size);
Result<size_t> sys_getdents64(Thread&, int fd, UserBytes buffer, uint32_t size);

} // namespace farl
