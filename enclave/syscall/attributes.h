// Extended attributes.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_getxattr(Thread&, UserString path, UserString name, UserBytes value, size_t size);
Result<size_t> sys_lgetxattr(Thread&, UserString path, UserString name, UserBytes value, size_t size);
Result<size_t> sys_fgetxattr(Thread&, int fd, UserString name, UserBytes value, size_t size);
Result<> sys_setxattr(Thread&, UserString path, UserString name, UserBytes value, size_t size, int flags);
Result<> sys_lsetxattr(Thread&, UserString path, UserString name, UserBytes value, size_t size, int flags);
Result<> sys_fsetxattr(Thread&, int fd, UserString name, UserBytes value, size_t size, int flags);
Result<size_t> sys_listxattr(Thread&, UserString path, UserBytes list, size_t size);
Result<size_t> sys_llistxattr(Thread&, UserString path, UserBytes list, size_t size);
Result<size_t> sys_flistxattr(Thread&, int fd, UserBytes list, size_t size);
Result<> sys_removexattr(Thread&, UserString path, UserString name);
Result<> sys_lremovexattr(Thread&, UserString path, UserString name);
Result<> sys_fremovexattr(Thread&, int fd, UserString name);

} // namespace farl
