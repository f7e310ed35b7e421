// Connections of the host, for every kind of socket: accept4(2), and addresses that it fills in.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/net/socket_address.h"

namespace farl {

// On a descriptor that does not block. `peer` may be null.
Result<HostDescriptor> accept_host_connection(int listening, int flags, SocketAddress* peer);
// `size` as the host tells it.
Result<> read_host_address(SocketAddress& address, HostAddress bytes, size_t size);

} // namespace farl
