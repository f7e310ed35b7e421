// Socket addresses as the application passes them, and the sockets its numbers stand for.
#pragma once

#include "enclave/net/socket.h"
#include "enclave/process/thread.h"

namespace farl {

// EBADF, ENOTSOCK.
Result<Ref<Socket>> socket_of(Thread& caller, int fd);

// EINVAL for an impossible size. The path of a Unix socket becomes one that means the same to the host.
Result<SocketAddress> read_socket_address(Thread& caller, UserBytes address, int size);

// As much as there is room for; `size` then says how long the address is.
Result<> write_socket_address(SocketAddress const& value, UserBytes address, UserInOut<int> size);

} // namespace farl
