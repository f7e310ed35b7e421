// Names of files: links of both kinds, removal, renaming, special files.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_readlink(Thread&, UserString path, UserBytes buffer, int size);
Result<size_t> sys_readlinkat(Thread&, int directory, UserString path, UserBytes buffer, int size);
Result<> sys_unlink(Thread&, UserString path);
Result<> sys_unlinkat(Thread&, int directory, UserString path, int flags);
Result<> sys_rename(Thread&, UserString from, UserString to);
Result<> sys_renameat(Thread&, int from_directory, UserString from, int to_directory, UserString to);
Result<> sys_renameat2(Thread&, int from_directory, UserString from, int to_directory, UserString to, uint32_t flags);
Result<> sys_link(Thread&, UserString from, UserString to);
Result<> sys_linkat(Thread&, int from_directory, UserString from, int to_directory, UserString to, int flags);
Result<> sys_symlink(Thread&, UserString target, UserString path);
Result<> sys_symlinkat(Thread&, UserString target, int directory, UserString path);
Result<> sys_mknod(Thread&, UserString path, uint32_t mode, uint32_t device);
Result<> sys_mknodat(Thread&, int directory, UserString path, uint32_t mode, uint32_t device);

} // namespace farl
