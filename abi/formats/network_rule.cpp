#include "abi/formats/network_rule.h"

#include "abi/formats/host_name.h"

#include <cstring>

namespace farl::formats {

namespace {

constexpr size_t kLongestProtocol = 255; // RFC 7301
constexpr unsigned kIpv4Bits = 32, kIpv6Bits = 128;

NetworkRuleHeader header_of(Bytes payload)
{
    NetworkRuleHeader header;
    std::memcpy(&header, payload.data(), sizeof(header));
    return header;
}

uint64_t sum_of_sizes(NetworkRuleHeader const& header)
{
    return uint64_t { header.host_size } + header.names_size + header.protocol_size + header.certificate_size
        + header.key_size;
}

bool has_only_known_values(NetworkRuleHeader const& header)
{
    bool is_direction = header.direction == NetworkDirection::Listen || header.direction == NetworkDirection::Connect;
    bool is_family = header.family == NetworkFamily::Any || header.family == NetworkFamily::Ipv4
        || header.family == NetworkFamily::Ipv6;
    return is_direction && is_family && header.mode <= NetworkRuleMode::Tls && !(header.flags & ~kRuleAllFlags);
}

unsigned bits_of(NetworkFamily family)
{
    return family == NetworkFamily::Any ? 0 : family == NetworkFamily::Ipv4 ? kIpv4Bits : kIpv6Bits;
}

// Nothing is behind the prefix, so that one network is written in one way.
bool is_network(NetworkRuleHeader const& header)
{
    if (header.prefix_bits > bits_of(header.family))
        return false;
    for (size_t bit = header.prefix_bits; bit < kIpv6Bits; ++bit)
        if (header.address[bit / 8] & (0x80u >> bit % 8))
            return false;
    return true;
}

// A host is somewhere to connect to, and has no other place.
bool has_one_place(NetworkRule const& rule)
{
    if (rule.host.empty())
        return true;
    auto const& header = rule.header;
    return header.direction == NetworkDirection::Connect && header.family == NetworkFamily::Any
        && is_host_name(rule.host);
}

// What each end of TLS has to have.
bool is_complete(NetworkRule const& rule)
{
    if (rule.header.mode != NetworkRuleMode::Tls)
        return !rule.header.flags && sum_of_sizes(rule.header) == rule.host.size() && rule.authority.empty();
    if (rule.certificate.empty() != rule.key.empty() || rule.protocol.size() > kLongestProtocol)
        return false;
    if (rule.header.direction == NetworkDirection::Listen)
        return !rule.certificate.empty() && (rule.names.empty() || !rule.authority.empty());
    return !rule.authority.empty() && !rule.names.empty();
}

} // namespace

NetworkRule as_network_rule(Bytes payload)
{
    auto header = header_of(payload);
    auto rest = as_text(payload.subspan(sizeof(header)));
    auto take = [&](size_t size) {
        auto text = rest.substr(0, size);
        rest.remove_prefix(size);
        return text;
    };
    NetworkRule rule { .header = header,
        .host = take(header.host_size),
        .names = take(header.names_size),
        .protocol = take(header.protocol_size),
        .certificate = take(header.certificate_size),
        .key = take(header.key_size),
        .authority = {} };
    rule.authority = rest;
    return rule;
}

Result<> check_network_rule(Bytes payload)
{
    if (payload.size() < sizeof(NetworkRuleHeader))
        return Errno::Einval;
    auto header = header_of(payload);
    auto texts = payload.subspan(sizeof(header));
    if (!has_only_known_values(header) || !is_network(header) || sum_of_sizes(header) > texts.size())
        return Errno::Einval;
    if (as_text(texts).find('\0') != std::string_view::npos)
        return Errno::Einval;
    auto const rule = as_network_rule(payload);
    return has_one_place(rule) && is_complete(rule) ? Result<> {} : Errno::Einval;
}

} // namespace farl::formats
