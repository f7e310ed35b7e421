// inotify: watching files and directories of the host.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_inotify_init(Thread&);
Result<int> sys_inotify_init1(Thread&, int flags);
Result<uint64_t> sys_inotify_add_watch(Thread&, int fd, UserString path, uint32_t mask);
Result<> sys_inotify_rm_watch(Thread&, int fd, int watch);

} // namespace farl
