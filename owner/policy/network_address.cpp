#include "owner/policy/network_address.h"

#include <arpa/inet.h>
#include <charconv>

namespace farl::owner {

namespace {

bool is_zero_behind(std::array<uint8_t, 16> const& bytes, unsigned bits)
{
    for (size_t bit = bits; bit < 8 * bytes.size(); ++bit)
        if (bytes[bit / 8] & (0x80u >> bit % 8))
            return false;
    return true;
}

} // namespace

std::optional<NetworkAddress> NetworkAddress::parse(std::string const& text)
{
    auto const slash = text.find('/');
    auto const address = text.substr(0, slash);
    NetworkAddress parsed;
    parsed.is_ipv6 = address.find(':') != std::string::npos;
    if (inet_pton(parsed.is_ipv6 ? AF_INET6 : AF_INET, address.c_str(), parsed.bytes.data()) != 1)
        return std::nullopt;
    uint8_t const most = parsed.is_ipv6 ? 128 : 32;
    parsed.prefix_bits = most;
    if (slash != std::string::npos) {
        auto const* end = text.data() + text.size();
        auto const [stop, error] = std::from_chars(text.data() + slash + 1, end, parsed.prefix_bits);
        if (error != std::errc {} || stop != end || parsed.prefix_bits > most)
            return std::nullopt;
    }
    return is_zero_behind(parsed.bytes, parsed.prefix_bits) ? std::optional(parsed) : std::nullopt;
}

std::string NetworkAddress::text() const
{
    char room[INET6_ADDRSTRLEN];
    inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, bytes.data(), room, sizeof(room));
    return std::string(room) + "/" + std::to_string(prefix_bits);
}

} // namespace farl::owner
