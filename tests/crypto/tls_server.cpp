#include "tests/crypto/tls_server.h"

#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

namespace farl::crypto_test {

namespace {

bssl::UniquePtr<EVP_PKEY> new_p256_key()
{
    bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
    if (!ec || !key || !EC_KEY_generate_key(ec.get()) || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get()))
        return nullptr;
    return key;
}

bssl::UniquePtr<EVP_PKEY> new_ed25519_key()
{
    uint8_t seed[32];
    RAND_bytes(seed, sizeof(seed));
    return bssl::UniquePtr<EVP_PKEY>(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, sizeof(seed)));
}

// Signed by itself, valid for an hour around now.
bssl::UniquePtr<X509> new_certificate(EVP_PKEY* key)
{
    bssl::UniquePtr<X509> certificate(X509_new());
    auto* name = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
    auto const* text = reinterpret_cast<uint8_t const*>("test");
    auto const* digest = EVP_PKEY_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
    bool ok = name && X509_set_version(certificate.get(), X509_VERSION_3)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0)
        && X509_set_issuer_name(certificate.get(), name)
        && X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -1800)
        && X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 1800) && X509_set_pubkey(certificate.get(), key)
        && X509_sign(certificate.get(), key, digest);
    return ok ? std::move(certificate) : nullptr;
}

int select_protocol(
    SSL*, uint8_t const** out, uint8_t* out_size, uint8_t const* offered, unsigned offered_size, void* argument)
{
    auto const wanted = *static_cast<std::string_view const*>(argument);
    *out_size = static_cast<uint8_t>(wanted.size());
    *out = reinterpret_cast<uint8_t const*>(wanted.data());
    // BoringSSL's own server refuses to select what was not offered, so such a one can only refuse.
    std::string_view list(reinterpret_cast<char const*>(offered), offered_size);
    return list.find(wanted) == list.npos ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

} // namespace

Result<TlsServer> TlsServer::create(TlsServerOptions const& options)
{
    TlsServer server;
    TRY(server.prepare(options));
    return server;
}

Result<> TlsServer::prepare(TlsServerOptions const& options)
{
    static constinit std::string_view protocol; // the handshake needs it; the same for all servers of a test
    protocol = options.protocol;
    key_ = options.has_p256_key ? new_p256_key() : new_ed25519_key();
    auto certificate = key_ ? new_certificate(key_.get()) : nullptr;
    bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
    bool ok = certificate && context && SSL_CTX_set_max_proto_version(context.get(), options.version)
        && SSL_CTX_use_certificate(context.get(), certificate.get())
        && SSL_CTX_use_PrivateKey(context.get(), key_.get());
    if (!ok)
        return Errno::Enomem;
    SSL_CTX_set_custom_verify(
        context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, [](SSL*, uint8_t*) { return ssl_verify_ok; });
    if (!protocol.empty())
        SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, &protocol);
    connection_.reset(SSL_new(context.get()));
    BIO *used = nullptr, *carried = nullptr;
    if (!connection_ || !BIO_new_bio_pair(&used, 0, &carried, 0))
        return Errno::Enomem;
    carried_.reset(carried);
    SSL_set_bio(connection_.get(), used, used);
    SSL_set_accept_state(connection_.get());
    return {};
}

Result<size_t> TlsServer::outcome_of(int result)
{
    if (result > 0)
        return static_cast<size_t>(result);
    auto error = SSL_get_error(connection_.get(), result);
    ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN)
        return size_t { 0 };
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Errno::Eagain : Errno::Eproto;
}

Result<> TlsServer::shake_hands()
{
    (void)TRY(outcome_of(SSL_do_handshake(connection_.get())));
    return {};
}

Result<size_t> TlsServer::read(std::span<std::byte> bytes)
{
    return outcome_of(SSL_read(connection_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

Result<size_t> TlsServer::write(std::span<std::byte const> bytes)
{
    return outcome_of(SSL_write(connection_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

size_t TlsServer::take_outgoing(std::span<std::byte> bytes)
{
    auto count = BIO_read(carried_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return count > 0 ? static_cast<size_t>(count) : 0;
}

size_t TlsServer::put_incoming(std::span<std::byte const> bytes)
{
    auto count = BIO_write(carried_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return count > 0 ? static_cast<size_t>(count) : 0;
}

std::array<std::byte, 32> TlsServer::public_key() const
{
    std::array<std::byte, 32> point {};
    auto size = point.size();
    EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<uint8_t*>(point.data()), &size);
    return point;
}

std::span<uint8_t const> TlsServer::client_certificate() const
{
    auto const* chain = SSL_get0_peer_certificates(connection_.get());
    if (!chain || sk_CRYPTO_BUFFER_num(chain) == 0)
        return {};
    auto const* first = sk_CRYPTO_BUFFER_value(chain, 0);
    return { CRYPTO_BUFFER_data(first), CRYPTO_BUFFER_len(first) };
}

} // namespace farl::crypto_test
