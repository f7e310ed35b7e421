// Endpoint: a host and a port of TCP, as a person writes them: "127.0.0.1:7700", "[::1]:7700", "cas.example:7700".
#pragma once

#include "owner/launch/file_descriptor.h"

#include <string>

namespace farl::owner {

// Throw UserError, which names the endpoint.
FileDescriptor listen_at(std::string const& endpoint);
FileDescriptor connect_to(std::string const& endpoint);

// Where a socket is bound or what it is connected to.
std::string local_endpoint(int socket);
std::string peer_host(int socket);

} // namespace farl::owner
