// Memory: mmap(2) and its relatives.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<uint64_t> sys_mmap(Thread&, uint64_t address, uint64_t size, int protection, int flags, int fd, uint64_t offset);
Result<> sys_munmap(Thread&, uint64_t address, uint64_t size);
Result<> sys_mprotect(Thread&, uint64_t address, uint64_t size, int protection);
Result<uint64_t> sys_mremap(
    Thread&, uint64_t address, uint64_t old_size, uint64_t new_size, int flags, uint64_t new_address);
Result<uint64_t> sys_brk(Thread&, uint64_t address);
Result<> sys_madvise(Thread&, uint64_t address, uint64_t size, int advice);
Result<> sys_msync(Thread&, uint64_t address, uint64_t size, int flags);
Result<> sys_mincore(Thread&, uint64_t address, uint64_t size, UserBytes vector);
Result<> sys_mlock(Thread&, uint64_t address, uint64_t size);
Result<> sys_mlock2(Thread&, uint64_t address, uint64_t size, int flags);
Result<> sys_munlock(Thread&, uint64_t address, uint64_t size);
Result<> sys_mlockall(Thread&, int flags);
Result<> sys_munlockall(Thread&);

} // namespace farl
