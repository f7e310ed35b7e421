#include "enclave/net/tls/ticket_sealing.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/aes.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

namespace farl {

namespace {

constexpr std::string_view kPurpose = "farl session tickets 1"; // what is derived depends on it

} // namespace

Result<Owned<TicketSealing>> TicketSealing::create(std::span<std::byte const> keys, Digest const& rule)
{
    if (keys.empty() || keys.size() % kKeySize != 0 || keys.size() > kMostKeys * kKeySize)
        return Errno::Einval;
    auto made = TRY(make_owned<TicketSealing>());
    for (; !keys.empty(); keys = keys.subspan(kKeySize))
        TRY(hkdf_sha256(
            made->keys_[made->count_++].bytes(), keys.first(kKeySize), std::as_bytes(std::span(kPurpose)), rule));
    return made;
}

void TicketSealing::use_in(ssl_ctx_st* context)
{
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_tlsext_ticket_key_cb(context, prepare);
}

TicketSealing::Derived const* TicketSealing::find(uint8_t const* name) const
{
    for (size_t i = 0; i < count_; ++i)
        if (memcmp(keys_[i].bytes().data(), name, kNameSize) == 0)
            return &keys_[i];
    return nullptr;
}

// 1: go on. 2: the same, and the client gets a new ticket, by the newest key. 0: not one of ours. -1: the handshake
// ends.
int TicketSealing::prepare(
    ssl_st* connection, uint8_t* name, uint8_t* nonce, evp_cipher_ctx_st* cipher, hmac_ctx_st* mac, int is_sealing)
{
    auto const& self = *static_cast<TicketSealing const*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
    auto const* key = is_sealing ? &self.keys_[0] : self.find(name);
    if (!key)
        return 0;
    auto const* bytes = octets(key->bytes());
    if (is_sealing) {
        memcpy(name, bytes, kNameSize);
        RAND_bytes(nonce, AES_BLOCK_SIZE);
    }
    bool const is_ready = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, bytes + kNameSize, nonce, is_sealing)
        && HMAC_Init_ex(mac, bytes + kNameSize + kCipherSize, kMacSize, EVP_sha256(), nullptr);
    if (!is_ready)
        return -1;
    return is_sealing || key == &self.keys_[0] ? 1 : 2;
}

} // namespace farl
