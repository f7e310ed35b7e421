// Reading and writing open files.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_read(Thread&, int fd, UserBytes buffer, size_t size);
Result<size_t> sys_write(Thread&, int fd, UserBytes buffer, size_t size);
Result<size_t> sys_pread64(Thread&, int fd, UserBytes buffer, size_t size, int64_t offset);
Result<size_t> sys_pwrite64(Thread&, int fd, UserBytes buffer, size_t size, int64_t offset);
Result<size_t> sys_readv(Thread&, int fd, uint64_t vector, int64_t count);
Result<size_t> sys_writev(Thread&, int fd, uint64_t vector, int64_t count);
Result<size_t> sys_preadv(Thread&, int fd, uint64_t vector, int64_t count, int64_t offset);
Result<size_t> sys_pwritev(Thread&, int fd, uint64_t vector, int64_t count, int64_t offset);
Result<size_t> sys_preadv2(Thread&, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t high, int flags);
Result<size_t> sys_pwritev2(Thread&, int fd, uint64_t vector, int64_t count, int64_t offset, uint64_t high, int flags);
Result<uint64_t> sys_lseek(Thread&, int fd, int64_t offset, int whence);
Result<> sys_fsync(Thread&, int fd);
Result<> sys_fdatasync(Thread&, int fd);
Result<> sys_ftruncate(Thread&, int fd, int64_t size);
Result<> sys_fallocate(Thread&, int fd, int mode, int64_t offset, int64_t size);

// The result of a write: EPIPE also raises SIGPIPE.
Result<size_t> with_sigpipe(Thread& caller, File& file, Result<size_t> result);

} // namespace farl
