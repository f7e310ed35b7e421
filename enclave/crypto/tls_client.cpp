#include "enclave/crypto/tls_client.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

namespace farl {

namespace {

int size_of(auto const& bytes) { return static_cast<int>(bytes.size() < INT_MAX ? bytes.size() : INT_MAX); }

// SubjectPublicKeyInfo of a certificate (RFC 5280, section 4.1): the one by which BoringSSL checks the handshake.
bool find_key_info(CBS certificate, CBS& info)
{
    constexpr unsigned kVersionTag = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0;
    constexpr unsigned kBefore[] = { CBS_ASN1_INTEGER, CBS_ASN1_SEQUENCE, CBS_ASN1_SEQUENCE, CBS_ASN1_SEQUENCE,
        CBS_ASN1_SEQUENCE }; // serial number, algorithm, issuer, validity, subject
    CBS whole, part;
    if (!CBS_get_asn1(&certificate, &whole, CBS_ASN1_SEQUENCE) || !CBS_get_asn1(&whole, &part, CBS_ASN1_SEQUENCE)
        || !CBS_get_optional_asn1(&part, nullptr, nullptr, kVersionTag))
        return false;
    for (auto tag : kBefore)
        if (!CBS_get_asn1(&part, nullptr, tag))
            return false;
    return CBS_get_asn1_element(&part, &info, CBS_ASN1_SEQUENCE);
}

// The certificate's Ed25519 key, as RFC 8410, section 4, writes it; none if it has another one.
std::optional<TlsClient::ServerKey> key_in(CRYPTO_BUFFER const* certificate)
{
    constexpr uint8_t kPrefix[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
    TlsClient::ServerKey key;
    CBS bytes, info;
    CRYPTO_BUFFER_init_CBS(certificate, &bytes);
    if (!find_key_info(bytes, info) || CBS_len(&info) != sizeof(kPrefix) + key.size()
        || memcmp(CBS_data(&info), kPrefix, sizeof(kPrefix)) != 0)
        return {};
    memcpy(key.data(), CBS_data(&info) + sizeof(kPrefix), key.size());
    return key;
}

CRYPTO_BUFFER const* server_certificate(SSL const* connection)
{
    auto const* chain = SSL_get0_peer_certificates(connection);
    return chain && sk_CRYPTO_BUFFER_num(chain) ? sk_CRYPTO_BUFFER_value(chain, 0) : nullptr;
}

bssl::UniquePtr<SSL_CTX> create_context()
{
    constexpr uint16_t kServerAlgorithms[] = { SSL_SIGN_ED25519 };
    // Of all there is, TLS without crypto/x509: a certificate is only what carries a key.
    bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_with_buffers_method()));
    bool ok = context && SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION)
        && SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION)
        && SSL_CTX_set_verify_algorithm_prefs(context.get(), kServerAlgorithms, std::size(kServerAlgorithms));
    return ok ? std::move(context) : nullptr;
}

bool show_certificate(SSL* connection, EC_KEY* key, std::span<std::byte const> der)
{
    bssl::UniquePtr<EVP_PKEY> signer(EVP_PKEY_new());
    bssl::UniquePtr<CRYPTO_BUFFER> certificate(CRYPTO_BUFFER_new(octets(der), der.size(), nullptr));
    auto* chain = certificate.get();
    return signer && certificate && EVP_PKEY_set1_EC_KEY(signer.get(), key)
        && SSL_set_chain_and_key(connection, &chain, 1, signer.get(), nullptr);
}

bool offer_protocol(SSL* connection, std::string_view protocol)
{
    uint8_t list[256];
    list[0] = static_cast<uint8_t>(protocol.size());
    memcpy(list + 1, protocol.data(), protocol.size());
    return SSL_set_alpn_protos(connection, list, protocol.size() + 1) == 0; // 0 is success here
}

} // namespace

struct TlsClientVerification {
    static ssl_verify_result_t verify(SSL* connection, uint8_t*)
    {
        auto& client = *static_cast<TlsClient*>(SSL_get_app_data(connection));
        client.is_server_refused_ = !client.is_server_accepted();
        return client.is_server_refused_ ? ssl_verify_invalid : ssl_verify_ok;
    }
};

bool TlsClient::is_server_accepted() const
{
    auto const* certificate = server_certificate(connection_);
    return certificate && (!pinned_ || key_in(certificate) == pinned_);
}

std::optional<TlsClient::ServerKey> TlsClient::server_key() const
{
    VectorScope vectors;
    auto const* certificate = server_certificate(connection_);
    return certificate ? key_in(certificate) : std::nullopt;
}

Result<Owned<TlsClient>> TlsClient::create(
    Credentials const& credentials, std::string_view protocol, std::optional<ServerKey> const& pinned)
{
    constexpr size_t kLongestProtocol = 255;
    if (protocol.empty() || protocol.size() > kLongestProtocol)
        return Errno::Einval;
    Owned<TlsClient> client(new (std::nothrow) TlsClient);
    if (!client)
        return Errno::Enomem;
    client->pinned_ = pinned;
    TRY(client->prepare(credentials, protocol));
    return client;
}

Result<> TlsClient::prepare(Credentials const& credentials, std::string_view protocol)
{
    VectorScope vectors;
    auto context = create_context();
    connection_ = context ? SSL_new(context.get()) : nullptr; // which keeps the context
    BIO* used = nullptr;
    TRY(outcome(connection_ && BIO_new_bio_pair(&used, 0, &carried_, 0), Errno::Enomem));
    SSL_set_bio(connection_, used, used);
    SSL_set_app_data(connection_, this);
    SSL_set_custom_verify(connection_, SSL_VERIFY_PEER, TlsClientVerification::verify);
    SSL_set_connect_state(connection_);
    return outcome(show_certificate(connection_, credentials.key.key_.get(), credentials.certificate)
            && offer_protocol(connection_, protocol),
        Errno::Einval);
}

TlsClient::~TlsClient()
{
    VectorScope vectors;
    SSL_free(connection_); // wipes its keys and its buffers
    BIO_free(carried_);
}

namespace {

bool is_about_the_protocol(uint32_t error)
{
    if (ERR_GET_LIB(error) != ERR_LIB_SSL)
        return false;
    auto reason = ERR_GET_REASON(error);
    return reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL || reason == SSL_R_INVALID_ALPN_PROTOCOL
        || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION || reason == SSL_R_UNSUPPORTED_PROTOCOL
        || reason == SSL_R_WRONG_VERSION_NUMBER;
}

} // namespace

Result<size_t> TlsClient::outcome_of(int result)
{
    if (result > 0)
        return static_cast<size_t>(result);
    auto error = SSL_get_error(connection_, result);
    auto reason = ERR_peek_error();
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return Errno::Eagain;
    case SSL_ERROR_ZERO_RETURN:
        return size_t { 0 };
    default:
        if (is_server_refused_)
            return Errno::Ekeyrejected;
        return is_about_the_protocol(reason) ? Errno::Eprotonosupport : Errno::Eproto;
    }
}

// A server that knows nothing of ALPN says nothing.
Result<> TlsClient::check_protocol() const
{
    uint8_t const* selected;
    unsigned size;
    SSL_get0_alpn_selected(connection_, &selected, &size);
    return outcome(size != 0, Errno::Eprotonosupport); // one that was not offered does not get this far
}

Result<> TlsClient::shake_hands()
{
    VectorScope vectors;
    if (!TRY(outcome_of(SSL_do_handshake(connection_))))
        return Errno::Eproto;
    return check_protocol();
}

Result<size_t> TlsClient::read(std::span<std::byte> bytes)
{
    VectorScope vectors;
    return outcome_of(SSL_read(connection_, bytes.data(), size_of(bytes)));
}

Result<size_t> TlsClient::write(std::span<std::byte const> bytes)
{
    VectorScope vectors;
    return outcome_of(SSL_write(connection_, bytes.data(), size_of(bytes)));
}

void TlsClient::end()
{
    VectorScope vectors;
    SSL_shutdown(connection_);
    ERR_clear_error();
}

size_t TlsClient::take_outgoing(std::span<std::byte> bytes)
{
    VectorScope vectors;
    auto count = BIO_read(carried_, bytes.data(), size_of(bytes));
    return count > 0 ? static_cast<size_t>(count) : 0;
}

size_t TlsClient::put_incoming(std::span<std::byte const> bytes)
{
    VectorScope vectors;
    auto count = BIO_write(carried_, bytes.data(), size_of(bytes));
    return count > 0 ? static_cast<size_t>(count) : 0;
}

} // namespace farl
