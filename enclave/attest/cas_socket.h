// The address of a CAS, for connections after the first one, which the launcher made.
#pragma once

#include "enclave/hostcall/channel.h"

#include <sys/socket.h>

namespace farl {

struct CasPlace {
    sockaddr_storage address {};
    uint32_t size { 0 }; // 0: there is no way back, because the first connection is to a process that has no address
};

// HOST: who answers there is known by its key, not by where it is.
CasPlace place_of_cas(int socket);
// ENOTCONN if there is no way back; ETIMEDOUT at the deadline; ECONNREFUSED and the like.
Result<HostDescriptor> connect_to_cas(CasPlace const& place, uint64_t deadline_ns);

} // namespace farl
