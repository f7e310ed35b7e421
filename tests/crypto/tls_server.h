// The other end of TlsClient, in memory: BoringSSL's own server, which can also be one that a client must refuse.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <openssl/ssl.h>
#include <span>
#include <string_view>

namespace farl::crypto_test {

struct TlsServerOptions {
    uint16_t version { TLS1_3_VERSION };
    std::string_view protocol; // what it selects, offered or not; empty: it knows nothing of ALPN
    bool has_p256_key { false };
};

class TlsServer {
public:
    static Result<TlsServer> create(TlsServerOptions const& options);

    // EAGAIN: carry bytes and call again. EPROTO.
    Result<> shake_hands();
    Result<size_t> read(std::span<std::byte> bytes);
    Result<size_t> write(std::span<std::byte const> bytes);
    void end() { SSL_shutdown(connection_.get()); }

    size_t take_outgoing(std::span<std::byte> bytes);
    size_t put_incoming(std::span<std::byte const> bytes);

    std::array<std::byte, 32> public_key() const; // unless it has a P-256 key
    std::span<uint8_t const> client_certificate() const;
    int version() const { return SSL_version(connection_.get()); }

private:
    Result<> prepare(TlsServerOptions const& options);
    Result<size_t> outcome_of(int result);

    bssl::UniquePtr<EVP_PKEY> key_;
    bssl::UniquePtr<SSL> connection_;
    bssl::UniquePtr<BIO> carried_;
};

} // namespace farl::crypto_test
