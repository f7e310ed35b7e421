// What addresses a host name has, by the host's /etc/hosts and DNS (c-ares): a static program has no getaddrinfo(3).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace farl::host {

// One of IPv4 as RFC 4291, section 2.5.5.2, has it within IPv6.
using ResolvedAddress = std::array<uint8_t, 16>;

// In the order in which they are to be tried; none if there are none to be had. AF_INET: such as a socket of that
// family takes; AF_UNSPEC, AF_INET6: all. May block for long. For any thread.
std::vector<ResolvedAddress> addresses_of(std::string const& name, int family);

// wire::FarlCall::Resolve: does not wait. -errno.
int64_t start_resolving(std::string name, int family);

} // namespace farl::host
