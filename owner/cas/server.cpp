#include "owner/cas/server.h"

#include "owner/cas/endpoint.h"
#include "owner/cas/message.h"

#include <cstdio>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr size_t kMostConnections = 64;
constexpr RateLimit kConnectionRate { .burst = 100, .per_second = 20 }; // from one address
constexpr auto kHandshakeTime = std::chrono::seconds(20);
constexpr auto kRequestTime = std::chrono::seconds(60);

} // namespace

Server::Server(FileDescriptor listener, TlsContext const& context, OwnerService& service)
    : listener_(std::move(listener)),
      context_(context),
      service_(service),
      connections_(kConnectionRate)
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
    answering_.lock(); // for ever
}

void Server::take_connection()
{
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket || open_ >= kMostConnections || !connections_.admit(peer_host(socket.get()), steady_clock::now()))
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

// Nothing of what is thrown holds data of a request.
void Server::serve(FileDescriptor socket)
{
    auto peer = peer_host(socket.get());
    try {
        TlsStream stream(context_, std::move(socket), steady_clock::now() + kHandshakeTime);
        while (true) {
            stream.set_deadline(steady_clock::now() + kRequestTime);
            auto request = receive_message(stream);
            if (!request)
                return stream.end();
            send_message(stream, answer(std::move(*request), stream.peer()));
        }
    } catch (std::exception const& error) {
        std::fprintf(stderr, "farl-cas: %s: %s\n", peer.c_str(), error.what());
    }
}

Json Server::answer(Json request, Ed25519Point const& caller)
{
    std::lock_guard one_at_a_time(answering_);
    try {
        return service_.answer(std::move(request), caller);
    } catch (DatabaseError const& error) {
        std::fprintf(stderr, "farl-cas: %s\n", error.what());
        return { { "ok", false }, { "reason", "store-failed" },
            { "message", "the CAS cannot read or write its store; its operator finds the reason in its log" } };
    }
}

} // namespace farl::owner
