// When written data reaches the disk, and what will be read soon.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<> sys_sync(Thread&);
Result<> sys_syncfs(Thread&, int fd);
Result<> sys_sync_file_range(Thread&, int fd, int64_t offset, int64_t size, uint32_t flags);
Result<> sys_fadvise64(Thread&, int fd, int64_t offset, int64_t size, int advice);
Result<> sys_readahead(Thread&, int fd, int64_t offset, size_t size);

} // namespace farl
