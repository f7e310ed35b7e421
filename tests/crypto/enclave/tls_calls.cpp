#include "tests/crypto/enclave/tls_calls.h"

#include "enclave/crypto/certificate.h"
#include "enclave/crypto/tls_client.h"
#include "enclave/crypto/vector_scope.h"
#include "enclave/sched/scheduler.h"
#include "tests/crypto/tls_server.h"

#include <cstring>

namespace farl::crypto_test {

namespace {

constexpr std::string_view kProtocol = "farl-test/1";
constexpr uint8_t kIdentifier[] = { 0x2a, 0x03 };
constexpr size_t kExtensionSize = 5000;

Result<Owned<TlsClient>> create_client(TlsServer const& server)
{
    auto key = TRY(P256PrivateKey::generate());
    Vector<std::byte> value;
    TRY(value.resize(kExtensionSize));
    auto certificate = TRY(self_signed_certificate(key, { kIdentifier, value.span() }));
    return TlsClient::create({ key, certificate.span() }, kProtocol, server.public_key());
}

void carry(auto& from, auto& to)
{
    std::byte bytes[1024];
    for (size_t size; (size = from.take_outgoing(bytes)) != 0;)
        (void)to.put_incoming({ bytes, size });
}

Result<> run_handshake(TlsClient& client, TlsServer& server)
{
    constexpr int kMostTurns = 100;
    auto is_done = [](Result<> result) -> Result<bool> {
        if (result.is_error() && result.error() != Errno::Eagain)
            return result.error();
        return result.is_ok();
    };
    for (int turn = 0; turn < kMostTurns; ++turn) {
        bool is_client_done = TRY(is_done(client.shake_hands()));
        carry(client, server);
        scheduler().yield(); // others come between, perhaps on this carrier, or this goes on on another
        bool is_server_done = TRY(is_done(server.shake_hands()));
        carry(server, client);
        if (is_client_done && is_server_done)
            return {};
    }
    return Errno::Eloop;
}

Result<> pass_message(auto& from, auto& to)
{
    constexpr char kMessage[] = "a message of some length";
    char received[sizeof(kMessage)];
    if (TRY(from.write(std::as_bytes(std::span(kMessage)))) != sizeof(kMessage))
        return Errno::Eproto;
    carry(from, to);
    if (TRY(to.read(std::as_writable_bytes(std::span(received)))) != sizeof(received)
        || memcmp(kMessage, received, sizeof(received)))
        return Errno::Eproto;
    return {};
}

} // namespace

Result<uint64_t> shake_hands()
{
    VectorScope vectors; // the server has none of its own
    auto server = TRY(TlsServer::create({ .protocol = kProtocol }));
    auto client = TRY(create_client(server));
    TRY(run_handshake(*client, server));
    TRY(pass_message(*client, server));
    TRY(pass_message(server, *client));
    return static_cast<uint64_t>(server.version());
}

} // namespace farl::crypto_test
