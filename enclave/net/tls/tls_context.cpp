#include "enclave/net/tls/tls_context.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/sha256.h"
#include "enclave/crypto/vector_scope.h"
#include "enclave/net/tls/tls_session.h"

#include <cstring>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace farl {

namespace {

// All of TLS 1.3, and of 1.2 what has forward secrecy and authenticated encryption.
constexpr char const* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

bssl::UniquePtr<BIO> open_text(std::string_view text)
{
    return bssl::UniquePtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key that is encrypted has no password here.
int no_password(char*, int, int, void*) { return 0; }

bool use_certificate(SSL_CTX* context, std::string_view text)
{
    auto bio = open_text(text);
    bssl::UniquePtr<X509> first(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr);
    if (!first || !SSL_CTX_use_certificate(context, first.get()))
        return false;
    for (;;) {
        bssl::UniquePtr<X509> issuer(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
        if (!issuer)
            break;
        if (!SSL_CTX_add1_chain_cert(context, issuer.get()))
            return false;
    }
    ERR_clear_error(); // the end of the text is one
    return true;
}

bool use_key(SSL_CTX* context, std::string_view text)
{
    auto bio = open_text(text);
    bssl::UniquePtr<EVP_PKEY> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
    return key && SSL_CTX_use_PrivateKey(context, key.get()) && SSL_CTX_check_private_key(context);
}

bool trust(SSL_CTX* context, std::string_view text)
{
    auto bio = open_text(text);
    auto* store = SSL_CTX_get_cert_store(context);
    size_t count = 0;
    for (; bio; ++count) {
        bssl::UniquePtr<X509> authority(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
        if (!authority)
            break;
        if (!X509_STORE_add_cert(store, authority.get()) || !SSL_CTX_add_client_CA(context, authority.get()))
            return false;
    }
    ERR_clear_error();
    return count != 0;
}

bool limit_versions(SSL_CTX* context, bool allows_tls12)
{
    return SSL_CTX_set_min_proto_version(context, allows_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION)
        && SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION)
        && SSL_CTX_set_strict_cipher_list(context, kTls12Ciphers);
}

} // namespace

struct TlsCallbacks {
    // A client that does not name the protocol is meant for another service, or for another port.
    static int select_protocol(
        SSL*, uint8_t const** out, uint8_t* out_size, uint8_t const* offered, unsigned offered_size, void* self)
    {
        auto wanted = static_cast<TlsContext const*>(self)->protocol();
        for (unsigned i = 0; i < offered_size; i += offered[i] + 1u) {
            if (offered[i] != wanted.size() || offered_size - i - 1 < wanted.size()
                || memcmp(offered + i + 1, wanted.data(), wanted.size()) != 0)
                continue;
            *out = offered + i + 1;
            *out_size = offered[i];
            return SSL_TLSEXT_ERR_OK;
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }

    // A server gives a client what the next connection may begin with.
    static int keep_session(SSL* connection, SSL_SESSION* session)
    {
        static_cast<TlsSession*>(SSL_get_app_data(connection))->keep(session);
        return 1;
    }
};

// Tickets are good for whoever has the same keys, and then only where the same certificate's key, authority, names and
// protocol are asked for: the host chooses where a client's ticket arrives.
Result<> TlsContext::share_tickets(TlsSettings const& settings)
{
    uint8_t key[EVP_MAX_MD_SIZE];
    unsigned key_size = 0;
    auto const* certificate = SSL_CTX_get0_certificate(context_);
    TRY(outcome(certificate && X509_pubkey_digest(certificate, EVP_sha256(), key, &key_size), Errno::Enomem));
    Sha256 rule;
    auto add = [&](std::span<std::byte const> bytes) {
        auto const size = bytes.size();
        rule.update(std::as_bytes(std::span(&size, 1)));
        rule.update(bytes);
    };
    add(std::as_bytes(std::span(key, key_size)));
    for (auto text : { settings.authority, settings.names, settings.protocol })
        add(std::as_bytes(std::span(text)));
    ticket_sealing_ = TRY(TicketSealing::create(settings.ticket_keys, rule.finish()));
    ticket_sealing_->use_in(context_);
    return {};
}

Result<> TlsContext::prepare(TlsSettings const& settings)
{
    VectorScope vectors;
    context_ = SSL_CTX_new(TLS_method());
    TRY(outcome(context_ && limit_versions(context_, settings.allows_tls12), Errno::Enomem));
    // Nothing is kept in there; for clients the mode has BoringSSL tell of new sessions.
    SSL_CTX_set_session_cache_mode(
        context_, end_ == TlsEnd::Client ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
    if (end_ == TlsEnd::Client)
        SSL_CTX_sess_set_new_cb(context_, TlsCallbacks::keep_session);
    if (!settings.certificate.empty())
        TRY(outcome(
            use_certificate(context_, settings.certificate) && use_key(context_, settings.key), Errno::Ekeyrejected));
    if (!settings.ticket_keys.empty())
        TRY(share_tickets(settings));
    asks_for_certificate_ = !settings.authority.empty();
    if (asks_for_certificate_) {
        TRY(outcome(trust(context_, settings.authority), Errno::Enokey));
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    if (!protocol_.view().empty() && end_ == TlsEnd::Server)
        SSL_CTX_set_alpn_select_cb(context_, TlsCallbacks::select_protocol, this);
    return {};
}

Result<Ref<TlsContext>> TlsContext::create(TlsSettings const& settings)
{
    constexpr size_t kLongestProtocol = 255;
    auto* made = new (std::nothrow) TlsContext;
    if (!made)
        return Errno::Enomem;
    auto context = adopt_ref(*made);
    bool is_complete = settings.end == TlsEnd::Server ? !settings.certificate.empty() : !settings.authority.empty();
    if (!is_complete || settings.protocol.size() > kLongestProtocol)
        return Errno::Einval;
    context->end_ = settings.end;
    context->names_ = TRY(String::from(settings.names));
    context->protocol_ = TRY(String::from(settings.protocol));
    TRY(context->prepare(settings));
    return context;
}

TlsContext::~TlsContext()
{
    VectorScope vectors;
    SSL_CTX_free(context_);
}

} // namespace farl
