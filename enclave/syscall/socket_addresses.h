// Socket addresses as the application passes them, and the sockets its numbers stand for.
#pragma once

#include "enclave/net/socket.h"
#include "enclave/process/thread.h"

namespace farl {

// EBADF, ENOTSOCK.
Result<Ref<Socket>> socket_of(Thread& caller, int fd);

// An address as the host takes it, and what has to stay open until it has.
struct HostName {
    SocketAddress address;
    Ref<File> directory {};
};

// EINVAL for an impossible size. The path of a Unix socket becomes one that means the same to the host.
Result<HostName> read_socket_address(Thread& caller, UserBytes address, int size);

// As much as there is room for; `size` then says how long the address is.
Result<> write_socket_address(SocketAddress const& value, UserBytes address, UserInOut<int> size);

} // namespace farl
