// Socket addresses as the application passes them, and the sockets its numbers stand for.
#pragma once

#include "enclave/net/socket.h"
#include "enclave/process/thread.h"

namespace farl {

// EBADF, ENOTSOCK.
Result<Ref<Socket>> socket_of(Thread& caller, int fd);

// EINVAL for an impossible size. The path of a Unix socket is found: in enclave memory, EACCES for who may not write
// there; otherwise it becomes one that means the same to the host.
Result<SocketName> read_socket_address(Thread& caller, UserBytes address, int size);
// The same for bind(2). EADDRINUSE. A path in enclave memory becomes a socket's, of this mode.
Result<SocketName> read_address_to_bind(Thread& caller, UserBytes address, int size, uint32_t mode);

// That path is nobody's after all.
Result<> remove_name(Thread& caller, SocketName const& name);

// As much as there is room for; `size` then says how long the address is.
Result<> write_socket_address(SocketAddress const& value, UserBytes address, UserInOut<int> size);

} // namespace farl
