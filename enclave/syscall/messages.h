// Sending and receiving on sockets.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<size_t> sys_sendto(Thread&, int fd, UserBytes bytes, size_t size, int flags, UserBytes to, int to_size);
Result<size_t> sys_recvfrom(
    Thread&, int fd, UserBytes bytes, size_t size, int flags, UserBytes from, UserInOut<int> from_size);
Result<size_t> sys_sendmsg(Thread&, int fd, UserBytes header, int flags);
Result<size_t> sys_recvmsg(Thread&, int fd, UserBytes header, int flags);
Result<int> sys_sendmmsg(Thread&, int fd, UserBytes headers, unsigned count, int flags);
Result<int> sys_recvmmsg(Thread&, int fd, UserBytes headers, unsigned count, int flags, uint64_t timeout);

} // namespace farl
