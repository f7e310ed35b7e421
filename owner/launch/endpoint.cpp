#include "owner/launch/endpoint.h"

#include "owner/launch/user_error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace farl::owner {

namespace {

constexpr int kBacklog = 128;

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses resolve(std::string const& endpoint, int flags)
{
    auto colon = endpoint.rfind(':');
    if (colon == 0 || colon == endpoint.npos || colon + 1 == endpoint.size())
        throw UserError(kBadUsage, fmt::format("{}: expected HOST:PORT, such as 127.0.0.1:7700", endpoint));
    auto host = endpoint.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    addrinfo wanted { .ai_flags = flags | AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    addrinfo* list = nullptr;
    if (auto error = getaddrinfo(host.c_str(), endpoint.c_str() + colon + 1, &wanted, &list))
        throw UserError(kBadUsage, fmt::format("{}: {}", endpoint, gai_strerror(error)));
    return Addresses(list);
}

template <typename Use>
FileDescriptor first_socket(std::string const& endpoint, int flags, char const* what, Use const& use)
{
    auto addresses = resolve(endpoint, flags);
    for (auto const* address = addresses.get(); address; address = address->ai_next) {
        FileDescriptor made(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        int on = 1;
        setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (made && use(made.get(), *address))
            return made;
    }
    throw UserError(kNotFound, fmt::format("{} {}: {}", what, endpoint, std::strerror(errno)));
}

std::string text_of(sockaddr_storage const& address, socklen_t size, bool with_port)
{
    std::array<char, NI_MAXHOST> host {};
    std::array<char, NI_MAXSERV> port {};
    if (getnameinfo(reinterpret_cast<sockaddr const*>(&address), size, host.data(), host.size(), port.data(),
            port.size(), NI_NUMERICHOST | NI_NUMERICSERV))
        return "?";
    if (!with_port)
        return host.data();
    auto is_ipv6 = address.ss_family == AF_INET6;
    return is_ipv6 ? fmt::format("[{}]:{}", host.data(), port.data()) : fmt::format("{}:{}", host.data(), port.data());
}

} // namespace

FileDescriptor listen_at(std::string const& endpoint)
{
    return first_socket(endpoint, AI_PASSIVE, "cannot listen at", [](int socket, addrinfo const& address) {
        int on = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        return bind(socket, address.ai_addr, address.ai_addrlen) == 0 && listen(socket, kBacklog) == 0
            && fcntl(socket, F_SETFL, O_NONBLOCK) == 0; // a client may be gone before it is accepted
    });
}

FileDescriptor connect_to(std::string const& endpoint)
{
    return first_socket(endpoint, 0, "cannot connect to",
        [](int socket, addrinfo const& address) { return connect(socket, address.ai_addr, address.ai_addrlen) == 0; });
}

std::string local_endpoint(int socket)
{
    sockaddr_storage address {};
    socklen_t size = sizeof address;
    getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return text_of(address, size, true);
}

std::string peer_host(int socket)
{
    sockaddr_storage address {};
    socklen_t size = sizeof address;
    getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return text_of(address, size, false);
}

} // namespace farl::owner
