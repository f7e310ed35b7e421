// A rule of the network shield, as the startup configuration has it: for whom who listens or connects there speaks TLS.
// docs/formats/startup-config.md. Views point into the block; a key is in it.
#pragma once

#include "abi/formats/record_block.h"

#include <array>
#include <cstdint>

namespace farl::formats {

inline constexpr uint32_t kNetworkPlainUdp = 1 << 0;  // datagrams of the Internet go out and in as they are
inline constexpr uint32_t kNetworkPlainUnix = 1 << 1; // named and abstract Unix sockets are the host's
inline constexpr uint32_t kNetworkAllFlags = 0x3;

struct NetworkDefaults {
    uint32_t flags { 0 };
};
static_assert(sizeof(NetworkDefaults) == 4);

enum class NetworkDirection : uint8_t { Listen = 1, Connect = 2 };
enum class NetworkRuleMode : uint8_t { Refuse = 0, Plain = 1, Tls = 2 };
enum class NetworkFamily : uint16_t { Any = 0, Ipv4 = 4, Ipv6 = 6 };

inline constexpr uint8_t kRuleTls12 = 1 << 0; // TLS 1.2 too
inline constexpr uint8_t kRuleFiles = 1 << 1; // certificate and key are paths in the enclave's file system
inline constexpr uint8_t kRuleAllFlags = 0x3;

struct NetworkRuleHeader {
    NetworkDirection direction;
    NetworkRuleMode mode;
    uint8_t flags;
    uint8_t prefix_bits; // of the address
    uint16_t port;       // 0: any
    NetworkFamily family;
    std::array<uint8_t, 16> address; // in network order; an IPv4 address is the first four
    uint32_t host_size;
    uint32_t names_size;
    uint32_t protocol_size;
    uint32_t certificate_size;
    uint32_t key_size;
};
static_assert(sizeof(NetworkRuleHeader) == 44);

struct NetworkRule {
    NetworkRuleHeader header;
    std::string_view host;        // that connections lead to, in the place of an address; empty: it goes by that
    std::string_view names;       // one a line: what a certificate of the other side has to have, one of them
    std::string_view protocol;    // ALPN that both sides have to name; empty: any
    std::string_view certificate; // PEM, chain included, or a path
    std::string_view key;         // PEM, or a path
    std::string_view authority;   // PEM: who issues the other side's certificates
};

// EINVAL.
Result<> check_network_rule(Bytes payload);
// Of a payload that was checked.
NetworkRule as_network_rule(Bytes payload);

} // namespace farl::formats
