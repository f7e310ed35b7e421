// Sockets: socket(2) and its relatives.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<int> sys_socket(Thread&, int domain, int type, int protocol);
Result<> sys_socketpair(Thread&, int domain, int type, int protocol, UserOut<int> numbers);
Result<> sys_bind(Thread&, int fd, UserBytes address, int size);
Result<> sys_listen(Thread&, int fd, int backlog);
Result<int> sys_accept(Thread&, int fd, UserBytes address, UserInOut<int> size);
Result<int> sys_accept4(Thread&, int fd, UserBytes address, UserInOut<int> size, int flags);
Result<> sys_connect(Thread&, int fd, UserBytes address, int size);
Result<> sys_getsockname(Thread&, int fd, UserBytes address, UserInOut<int> size);
Result<> sys_getpeername(Thread&, int fd, UserBytes address, UserInOut<int> size);
Result<> sys_shutdown(Thread&, int fd, int how);
Result<> sys_setsockopt(Thread&, int fd, int level, int name, UserBytes value, int size);
Result<> sys_getsockopt(Thread&, int fd, int level, int name, UserBytes value, UserInOut<int> size);

} // namespace farl
