#include "enclave/net/internet_address.h"

#include <cstring>
#include <netinet/in.h>

namespace farl {

namespace {

constexpr uint8_t kMappedPrefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

uint16_t in_host_order(uint16_t port) { return __builtin_bswap16(port); }

template <typename T>
bool take(T& name, SocketAddress const& from, size_t least)
{
    if (from.size < least)
        return false;
    memcpy(&name, from.bytes, sizeof(name) < from.stored() ? sizeof(name) : from.stored());
    return true;
}

} // namespace

std::optional<InternetAddress> InternetAddress::of(SocketAddress const& name)
{
    constexpr size_t kLeastOfIpv6 = 24; // SIN6_LEN_RFC2133: the scope may be missing
    sa_family_t family = AF_UNSPEC;
    if (name.size >= sizeof(family))
        memcpy(&family, name.bytes, sizeof(family));
    InternetAddress address;
    if (sockaddr_in in {}; family == AF_INET && take(in, name, sizeof(in))) {
        address.family = formats::NetworkFamily::Ipv4;
        memcpy(address.bytes.data(), &in.sin_addr, sizeof(in.sin_addr));
        address.port = in_host_order(in.sin_port);
        return address;
    }
    sockaddr_in6 in6 {};
    if (family != AF_INET6 || !take(in6, name, kLeastOfIpv6))
        return std::nullopt;
    auto const* bytes = in6.sin6_addr.s6_addr;
    bool is_mapped = memcmp(bytes, kMappedPrefix, sizeof(kMappedPrefix)) == 0;
    address.family = is_mapped ? formats::NetworkFamily::Ipv4 : formats::NetworkFamily::Ipv6;
    if (is_mapped)
        memcpy(address.bytes.data(), bytes + sizeof(kMappedPrefix), 4);
    else
        memcpy(address.bytes.data(), bytes, 16);
    address.port = in_host_order(in6.sin6_port);
    return address;
}

Formatter& operator<<(Formatter& out, InternetAddress const& address)
{
    if (address.family == formats::NetworkFamily::Ipv4) {
        for (size_t i = 0; i < 4; ++i)
            out << (i ? "." : "") << address.bytes[i];
        return out << ':' << address.port;
    }
    out << '[';
    for (size_t i = 0; i < 16; i += 2) {
        out << (i ? ":" : "");
        out.hex(static_cast<uint64_t>(address.bytes[i]) << 8 | address.bytes[i + 1]);
    }
    return out << "]:" << address.port;
}

} // namespace farl
