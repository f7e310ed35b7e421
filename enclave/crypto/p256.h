// ECDSA with SHA-256, and ECDH, on the curve P-256 (FIPS 186-5, SP 800-56A). Keys do not change: any number of threads
// may use one.
#pragma once

#include "base/result.h"
#include "enclave/crypto/secret.h"

#include <array>
#include <cstdint>
#include <memory>

struct ec_key_st; // BoringSSL's

namespace farl {

struct EcKeyRelease {
    void operator()(ec_key_st* key) const;
};
using EcKey = std::unique_ptr<ec_key_st, EcKeyRelease>;

class P256PublicKey {
public:
    // SEC 1, section 2.3.3, uncompressed: 4, x, y.
    using Point = std::array<std::byte, 65>;

    // SubjectPublicKeyInfo in DER (RFC 5480), as certificates have it.
    using Info = std::array<std::byte, 91>;

    // EINVAL for bytes that are no point of the curve; ENOMEM.
    static Result<P256PublicKey> create(std::span<std::byte const> point);

    // EBADMSG unless `signature` (DER, as in X.509 and TLS) is this key's over `message`.
    Result<> verify(std::span<std::byte const> message, std::span<std::byte const> signature) const;

private:
    friend class P256PrivateKey;
    explicit P256PublicKey(EcKey key) : key_(std::move(key)) { }

    EcKey key_;
};

// ECDSA-Sig-Value in DER: two integers of at most 33 bytes.
struct P256Signature {
    std::array<std::byte, 72> der;
    size_t size;

    std::span<std::byte const> bytes() const { return { der.data(), size }; }
};

class P256PrivateKey {
public:
    using Scalar = Secret<32>; // big-endian
    using Agreement = Secret<32>;

    static Result<P256PrivateKey> generate();                   // ENOMEM
    static Result<P256PrivateKey> create(Scalar const& scalar); // EINVAL unless 0 < scalar < order; ENOMEM

    Result<P256PublicKey::Point> public_point() const;
    Result<P256PublicKey::Info> public_key_info() const;
    Result<P256Signature> sign(std::span<std::byte const> message) const; // ENOMEM
    // The x coordinate of the common point: goes into a key derivation, never into use as it is. ENOMEM.
    Result<Agreement> agree(P256PublicKey const& other) const;

private:
    friend class TlsClient;
    explicit P256PrivateKey(EcKey key) : key_(std::move(key)) { }

    EcKey key_; // BoringSSL wipes whatever it releases
};

} // namespace farl
