#include "owner/cas/server.h"

#include "owner/launch/endpoint.h"

#include <cstdio>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace farl::owner {

Server::Server(FileDescriptor listener, ServerLimits const& limits, Serve serve)
    : listener_(std::move(listener)),
      most_connections_(limits.most_connections),
      serve_(std::move(serve)),
      connections_(limits.connections)
{
}

void Server::run(int stop)
{
    while (true) {
        pollfd waiting[] { { stop, POLLIN, 0 }, { listener_.get(), POLLIN, 0 } };
        if (poll(waiting, 2, -1) < 0)
            continue;
        if (waiting[0].revents)
            break;
        take_connection();
    }
}

void Server::take_connection()
{
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket || open_ >= most_connections_
        || !connections_.admit(peer_host(socket.get()), std::chrono::steady_clock::now()))
        return; // closed: a client that is in earnest tries again
    ++open_;
    try {
        std::thread([this, socket = std::move(socket)]() mutable {
            serve(std::move(socket));
            --open_;
        }).detach();
    } catch (std::system_error const&) {
        --open_; // no more threads: closed as well
    }
}

void Server::serve(FileDescriptor socket)
{
    auto peer = peer_host(socket.get());
    try {
        serve_(std::move(socket), peer);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "farl-cas: %s: %s\n", peer.c_str(), error.what());
    }
}

} // namespace farl::owner
