// HostSocket: what network rules say of its calls. What they name is what the program says; the host's word about
// addresses decides nothing.
#include "enclave/net/host_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace farl {

namespace {

using formats::NetworkDirection;
using formats::NetworkFamily;

constexpr int kMultipathTcp = 262; // IPPROTO_MPTCP

bool is_internet(int domain) { return domain == AF_INET || domain == AF_INET6; }

} // namespace

bool is_internet_stream(int domain, int type) { return is_internet(domain) && type == SOCK_STREAM; }

bool is_refused_datagram(int domain, int type)
{
    auto const* rules = NetworkRules::installed();
    return rules && is_internet(domain) && type != SOCK_STREAM && !rules->allows_udp();
}

// Raw packets, other stacks and other protocols have no rules. Netlink ends in the host's kernel: programs ask it for
// interfaces and routes.
Result<> check_kind_of_socket(int domain, int type, int protocol)
{
    if (!NetworkRules::installed() || domain == AF_UNIX || domain == AF_NETLINK)
        return {};
    if (!is_internet(domain) || type == SOCK_RAW || type == SOCK_PACKET)
        return Errno::Eacces;
    bool is_tcp = !protocol || protocol == IPPROTO_TCP || protocol == kMultipathTcp;
    return type != SOCK_STREAM || is_tcp ? Result<> {} : Errno::Eacces;
}

// Nobody knows what it is connected to.
Result<> check_adopted_socket(int domain)
{
    return NetworkRules::installed() && domain != AF_UNIX ? Errno::Eacces : Result<> {};
}

bool goes_around_shield(int level, int name)
{
    constexpr int kRepair = 19, kFastOpenConnect = 30, kUlp = 31;
    return level == IPPROTO_TCP && (name == kRepair || name == kFastOpenConnect || name == kUlp);
}

Result<> HostSocket::check_bind(SocketAddress const& address) const
{
    auto const* rules = NetworkRules::installed();
    if (!rules)
        return {};
    if (domain_ == AF_UNIX)
        return rules->allows_unix() ? Result<> {} : Errno::Eacces;
    if (!is_internet(domain_))
        return {};
    if (!may_be_shielded_)
        return rules->allows_udp() ? Result<> {} : Errno::Eacces;
    auto place = InternetAddress::of(address);
    // Any free port is what clients bind to as well; listen(2) decides then.
    bool is_refused = place && place->port && !rules->find(NetworkDirection::Listen, *place);
    return is_refused ? Errno::Eacces : Result<> {};
}

void HostSocket::note_bound(SocketAddress const& address)
{
    auto place = InternetAddress::of(address);
    LockGuard guard(shield_lock_);
    bound_ = place;
}

// For what is no stream of the Internet, and for what would connect by sending.
Result<> HostSocket::check_destination(SocketAddress const* address, int flags) const
{
    auto const* rules = NetworkRules::installed();
    if (!rules)
        return {};
    if (may_be_shielded_)
        return flags & MSG_FASTOPEN ? Errno::Eopnotsupp : Result<> {};
    if (domain_ == AF_UNIX)
        return !address || rules->allows_unix() ? Result<> {} : Errno::Eacces;
    return address && !host_at(*address).empty() ? Errno::Enetunreach : Result<> {}; // names are for streams
}

Result<NetworkRule const*> HostSocket::listening_rule()
{
    InternetAddress place { .family = domain_ == AF_INET ? NetworkFamily::Ipv4 : NetworkFamily::Ipv6 };
    {
        LockGuard guard(shield_lock_);
        place = bound_.value_or(place);
    }
    auto const* rule = NetworkRules::installed()->find(NetworkDirection::Listen, place);
    if (!rule)
        return Errno::Eacces;
    is_plain_ = !rule->is_tls();
    return rule;
}

// Null for what connects to nothing.
Result<NetworkRule const*> HostSocket::connecting_rule(SocketAddress const& address)
{
    auto place = InternetAddress::of(address);
    if (!place)
        return nullptr; // the host says what is wrong with it
    auto const* rule = NetworkRules::installed()->find(NetworkDirection::Connect, *place);
    return rule ? Result<NetworkRule const*>(rule) : Errno::Econnrefused;
}

std::string_view host_at(SocketAddress const& address)
{
    auto const* rules = NetworkRules::installed();
    auto place = InternetAddress::of(address);
    return rules && place ? rules->stand_ins().host_at(*place) : std::string_view {};
}

} // namespace farl
