// TicketSealing: session tickets (RFC 5077; RFC 8446, section 4.6.1) under keys that come from outside, so that several
// enclaves open each other's. The keys that are used are derived for one rule: others' tickets do not open. For any
// thread.
#pragma once

#include "base/owned.h"
#include "enclave/crypto/secret.h"
#include "enclave/crypto/sha256.h"

#include <span>

struct evp_cipher_ctx_st; // BoringSSL's
struct hmac_ctx_st;
struct ssl_ctx_st;
struct ssl_st;

namespace farl {

class TicketSealing {
public:
    static constexpr size_t kKeySize = 32;
    static constexpr size_t kMostKeys = 4;

    // `keys` one after another: the first seals, each opens. ENOMEM; EINVAL for too many, or a part of one.
    static Result<Owned<TicketSealing>> create(std::span<std::byte const> keys, Digest const& rule);
    // It has to outlive the context.
    void use_in(ssl_ctx_st* context);

private:
    static constexpr size_t kNameSize = 16, kCipherSize = 32, kMacSize = 32;
    using Derived = Secret<kNameSize + kCipherSize + kMacSize>;

    static int prepare(
        ssl_st* connection, uint8_t* name, uint8_t* nonce, evp_cipher_ctx_st* cipher, hmac_ctx_st* mac, int is_sealing);
    Derived const* find(uint8_t const* name) const;

    Derived keys_[kMostKeys];
    size_t count_ { 0 };
};

} // namespace farl
