#include "owner/cas/owner_connections.h"

#include "owner/cas/message.h"

#include <cstdio>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr auto kHandshakeTime = std::chrono::seconds(20);
constexpr auto kRequestTime = std::chrono::seconds(60);

} // namespace

void OwnerConnections::serve(FileDescriptor socket)
{
    TlsStream stream(context_, std::move(socket), steady_clock::now() + kHandshakeTime);
    while (true) {
        stream.set_deadline(steady_clock::now() + kRequestTime);
        auto request = receive_message(stream);
        if (!request)
            return stream.end();
        send_message(stream, answer(std::move(*request), stream.peer()));
    }
}

Json OwnerConnections::answer(Json request, Ed25519Point const& caller)
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
