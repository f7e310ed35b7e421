#include "host/launch/name_resolver.h"

#include "abi/wire/hostcall.h"

#include <algorithm>
#include <ares.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace farl::host {

namespace {

struct Query {
    std::vector<ResolvedAddress> addresses;
    bool is_done { false };
};

ResolvedAddress address_in(sockaddr const& name)
{
    ResolvedAddress address {};
    if (name.sa_family == AF_INET6) {
        memcpy(address.data(), &reinterpret_cast<sockaddr_in6 const&>(name).sin6_addr, address.size());
        return address;
    }
    address[10] = address[11] = 0xff;
    memcpy(&address[12], &reinterpret_cast<sockaddr_in const&>(name).sin_addr, sizeof(in_addr));
    return address;
}

void take_answer(void* argument, int /* status */, int /* timeouts */, ares_addrinfo* answer)
{
    auto& query = *static_cast<Query*>(argument);
    query.is_done = true;
    for (auto const* node = answer ? answer->nodes : nullptr; node; node = node->ai_next)
        if (query.addresses.size() < wire::kMostResolved)
            query.addresses.push_back(address_in(*node->ai_addr));
    if (answer)
        ares_freeaddrinfo(answer);
}

void wait(ares_channel channel)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    auto const set = static_cast<unsigned>(ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM));
    pollfd watched[ARES_GETSOCK_MAXNUM];
    nfds_t count = 0;
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        auto const events =
            (ARES_GETSOCK_READABLE(set, i) ? POLLIN : 0) | (ARES_GETSOCK_WRITABLE(set, i) ? POLLOUT : 0);
        if (events)
            watched[count++] = { .fd = sockets[i], .events = static_cast<short>(events), .revents = 0 };
    }
    timeval room;
    timeval const* left = ares_timeout(channel, nullptr, &room);
    auto const milliseconds = left ? left->tv_sec * 1000 + left->tv_usec / 1000 + 1 : 1000;
    poll(watched, count, static_cast<int>(milliseconds));
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // time-outs
    for (nfds_t i = 0; i < count; ++i)
        if (watched[i].revents)
            ares_process_fd(channel, watched[i].events & POLLIN ? watched[i].fd : ARES_SOCKET_BAD,
                watched[i].events & POLLOUT ? watched[i].fd : ARES_SOCKET_BAD);
}

struct Order {
    std::string name;
    int family;
    int answer; // a descriptor
};

void* serve(void* argument)
{
    std::unique_ptr<Order> const order(static_cast<Order*>(argument));
    auto const addresses = addresses_of(order->name, order->family);
    auto const size = addresses.size() * sizeof(ResolvedAddress);
    if (size)
        send(order->answer, addresses.data(), size, MSG_NOSIGNAL); // who asked may be gone
    close(order->answer);
    return nullptr;
}

} // namespace

std::vector<ResolvedAddress> addresses_of(std::string const& name, int family)
{
    static int const initialised = ares_library_init(ARES_LIB_INIT_ALL);
    ares_channel channel;
    if (initialised != ARES_SUCCESS || ares_init(&channel) != ARES_SUCCESS)
        return {};
    ares_addrinfo_hints hints {};
    hints.ai_flags = ARES_AI_ENVHOSTS; // CARES_HOSTS in the place of /etc/hosts
    hints.ai_family = family == AF_INET ? AF_INET : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    Query query;
    ares_getaddrinfo(channel, name.c_str(), nullptr, &hints, take_answer, &query);
    while (!query.is_done)
        wait(channel);
    ares_destroy(channel);
    return std::move(query.addresses);
}

int64_t start_resolving(std::string name, int family)
{
    constexpr size_t kStackSize = 256 * 1024;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
        return -errno;
    auto order = std::make_unique<Order>(Order { std::move(name), family, ends[1] });
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackSize);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    auto const error = pthread_create(&thread, &attributes, serve, order.get());
    pthread_attr_destroy(&attributes);
    if (error) {
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    (void)order.release(); // the thread's now
    return ends[0];
}

} // namespace farl::host
