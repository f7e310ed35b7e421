// accept4(2) of the host, on a descriptor that does not block.
#pragma once

#include "enclave/hostcall/channel.h"
#include "enclave/net/socket_address.h"

namespace farl {

// `peer` may be null.
Result<HostDescriptor> accept_host_connection(int listening, int flags, SocketAddress* peer);

} // namespace farl
