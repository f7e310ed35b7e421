// Moving data between descriptors.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_sendfile(Thread&, int out, int in, UserInOut<int64_t> offset, size_t size);
Result<size_t> sys_copy_file_range(
    Thread&, int in, UserInOut<int64_t> in_offset, int out, UserInOut<int64_t> out_offset, size_t size, uint32_t flags);
Result<size_t> sys_splice(
    Thread&, int in, UserInOut<int64_t> in_offset, int out, UserInOut<int64_t> out_offset, size_t size, uint32_t flags);
Result<size_t> sys_tee(Thread&, int in, int out, size_t size, uint32_t flags);
Result<size_t> sys_vmsplice(Thread&, int fd, uint64_t vector, size_t count, uint32_t flags);
Result<size_t> sys_process_vm_readv(
    Thread&, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags);
Result<size_t> sys_process_vm_writev(
    Thread&, int pid, uint64_t local, size_t local_count, uint64_t remote, size_t remote_count, uint64_t flags);

} // namespace farl
