// NetworkAddress: an address or a network of the Internet, as network rules name it: 192.0.2.1, 10.0.0.0/8,
// 2001:db8::/32.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace farl::owner {

struct NetworkAddress {
    std::array<uint8_t, 16> bytes {}; // in network order; zero behind the prefix; an IPv4 address is the first four
    bool is_ipv6 { false };
    uint8_t prefix_bits { 0 };

    auto operator<=>(NetworkAddress const&) const = default;

    // None if it is anything else, also with bits behind the prefix.
    static std::optional<NetworkAddress> parse(std::string const& text);
    // The one way to write it.
    std::string text() const;
};

} // namespace farl::owner
