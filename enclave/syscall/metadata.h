// What is known about files: status, access, mode, owner, times, size by name, and the file system they are on.
#pragma once

#include "enclave/syscall/dispatch.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <utime.h>

namespace farl {

Result<> sys_stat(Thread&, UserString path, UserOut<struct stat> status);
Result<> sys_lstat(Thread&, UserString path, UserOut<struct stat> status);
Result<> sys_fstat(Thread&, int fd, UserOut<struct stat> status);
Result<> sys_newfstatat(Thread&, int directory, UserString path, UserOut<struct stat> status, int flags);
Result<> sys_statx(Thread&, int directory, UserString path, int flags, uint32_t mask, UserOut<struct statx> status);
Result<> sys_statfs(Thread&, UserString path, UserOut<struct statfs> status);
Result<> sys_fstatfs(Thread&, int fd, UserOut<struct statfs> status);

Result<> sys_access(Thread&, UserString path, int mode);
Result<> sys_faccessat(Thread&, int directory, UserString path, int mode);
Result<> sys_faccessat2(Thread&, int directory, UserString path, int mode, int flags);

Result<> sys_chmod(Thread&, UserString path, uint32_t mode);
Result<> sys_fchmod(Thread&, int fd, uint32_t mode);
Result<> sys_fchmodat(Thread&, int directory, UserString path, uint32_t mode);
Result<> sys_fchmodat2(Thread&, int directory, UserString path, uint32_t mode, int flags);
Result<> sys_chown(Thread&, UserString path, uint32_t uid, uint32_t gid);
Result<> sys_lchown(Thread&, UserString path, uint32_t uid, uint32_t gid);
Result<> sys_fchown(Thread&, int fd, uint32_t uid, uint32_t gid);
Result<> sys_fchownat(Thread&, int directory, UserString path, uint32_t uid, uint32_t gid, int flags);

Result<> sys_utime(Thread&, UserString path, UserIn<struct utimbuf> times);
Result<> sys_utimes(Thread&, UserString path, UserIn<struct timeval> times);
Result<> sys_futimesat(Thread&, int directory, UserString path, UserIn<struct timeval> times);
Result<> sys_utimensat(Thread&, int directory, UserString path, UserIn<struct timespec> times, int flags);

Result<> sys_truncate(Thread&, UserString path, int64_t size);
Result<uint32_t> sys_umask(Thread&, uint32_t mask);

} // namespace farl
