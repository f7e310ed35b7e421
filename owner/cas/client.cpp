#include "owner/cas/client.h"

#include "owner/cas/message.h"
#include "owner/launch/endpoint.h"
#include "owner/launch/user_error.h"

#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr auto kPatience = std::chrono::seconds(120);

auto accepts_only(Ed25519Point const& key)
{
    return [key](Ed25519Point const& point) { return point == key; };
}

} // namespace

Client::Client(CasAddress const& address, Ed25519Key const& key)
    : endpoint_(address.endpoint),
      context_(TlsContext::Side::Client, key, kOwnerProtocol, accepts_only(address.key)),
      stream_(connect(address, context_))
{
}

TlsStream Client::connect(CasAddress const& address, TlsContext const& context)
{
    auto socket = connect_to(address.endpoint);
    try {
        return { context, std::move(socket), std::chrono::steady_clock::now() + kPatience };
    } catch (TlsFailure const& failure) {
        throw UserError(kRefused,
            fmt::format(
                "{}: no CAS with this key answers there ({}); compare the key with what `farl cas serve` printed",
                address.endpoint, failure.what()));
    }
}

nlohmann::ordered_json Client::request(nlohmann::ordered_json const& message)
{
    try {
        send_message(stream_, message);
        if (auto answer = receive_message(stream_))
            return *answer;
        throw TlsFailure("the connection was closed");
    } catch (TlsFailure const& failure) {
        throw UserError(kRefused,
            fmt::format("{}: the CAS gave no answer ({}); is your key one of its owners' (`farl cas serve --owner`)?",
                endpoint_, failure.what()));
    }
}

} // namespace farl::owner
