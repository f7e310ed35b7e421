// TlsClient: one end of a TLS 1.3 connection (RFC 8446), without input and output of its own: the caller carries sealed
// bytes between it and the other side. Both sides show certificates, of which only the keys count. For one thread.
//
// EAGAIN: carry bytes, then call again with the same arguments. EKEYREJECTED: the server has not the pinned key.
// EPROTONOSUPPORT: it does not speak the protocol. EPROTO: whatever else is wrong; the connection is of no more use.
#pragma once

#include "base/owned.h"
#include "enclave/crypto/p256.h"

#include <optional>
#include <string_view>

struct ssl_st; // BoringSSL's
struct bio_st;

namespace farl {

class TlsClient {
public:
    struct Credentials {
        P256PrivateKey const& key;
        std::span<std::byte const> certificate; // DER, of that key
    };
    using ServerKey = std::array<std::byte, 32>; // Ed25519 (RFC 8032): what a server has to have

    // `protocol` is the ALPN name (RFC 7301), of at most 255 bytes. ENOMEM, EINVAL.
    static Result<Owned<TlsClient>> create(
        Credentials const& credentials, std::string_view protocol, std::optional<ServerKey> const& pinned);
    ~TlsClient();
    TlsClient(TlsClient const&) = delete;
    TlsClient& operator=(TlsClient const&) = delete;

    Result<> shake_hands();
    // What the server has shown, after the handshake. None: no Ed25519 key.
    std::optional<ServerKey> server_key() const;
    // After the handshake. Read gives 0 when the other side has ended properly.
    Result<size_t> read(std::span<std::byte> bytes);
    Result<size_t> write(std::span<std::byte const> bytes);
    // close_notify; nothing is written after it.
    void end();

    // What is to go to the other side, and what came from there: how much of `bytes` was filled or taken.
    size_t take_outgoing(std::span<std::byte> bytes);
    size_t put_incoming(std::span<std::byte const> bytes);

private:
    friend struct TlsClientVerification;
    TlsClient() = default;
    Result<> prepare(Credentials const& credentials, std::string_view protocol);
    Result<size_t> outcome_of(int result);
    Result<> check_protocol() const;
    bool is_server_accepted() const;

    ssl_st* connection_ { nullptr };
    bio_st* carried_ { nullptr }; // the other end of what BoringSSL reads and writes
    std::optional<ServerKey> pinned_;
    bool is_server_refused_ { false };
};

} // namespace farl
