// Ed25519 (RFC 8032): the keys of those who approve sessions, and of a CAS that signs its audit log.
#pragma once

#include "owner/keys/openssl.h"
#include "owner/keys/secret.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace farl::owner {

using Ed25519Point = std::array<std::byte, 32>; // a public key
using Ed25519Signature = std::array<std::byte, 64>;

class Ed25519Key {
public:
    static Ed25519Key generate();
    // PEM (PKCS #8). Throws UserError if the file is missing or holds another kind of key.
    static Ed25519Key load(std::string const& path);
    // Throws UserError rather than overwriting a key.
    void save(std::string const& path) const;

    // The seed, 32 bytes, to be sealed.
    static Ed25519Key from_seed(Secret const& seed);
    Secret seed() const;

    Ed25519Point point() const;
    EVP_PKEY* handle() const { return key_.get(); }
    Ed25519Signature sign(std::string_view message) const;

private:
    explicit Ed25519Key(OpenSsl<EVP_PKEY> key) : key_(std::move(key)) { }

    OpenSsl<EVP_PKEY> key_;
};

bool is_signed_by(Ed25519Point const& point, std::string_view message, Ed25519Signature const& signature);

} // namespace farl::owner
