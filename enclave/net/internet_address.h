// InternetAddress: what of a SocketAddress network rules go by. IPv4 within IPv6 (RFC 4291, section 2.5.5.2) is IPv4.
#pragma once

#include "abi/formats/network_rule.h"
#include "base/format.h"
#include "enclave/net/socket_address.h"

#include <optional>

namespace farl {

struct InternetAddress {
    formats::NetworkFamily family { formats::NetworkFamily::Any };
    std::array<uint8_t, 16> bytes {}; // an IPv4 address is the first four
    uint16_t port { 0 };

    bool operator==(InternetAddress const&) const = default;

    // None if it is of another family, or too short.
    static std::optional<InternetAddress> of(SocketAddress const& name);
};

Formatter& operator<<(Formatter& out, InternetAddress const& address);

} // namespace farl
