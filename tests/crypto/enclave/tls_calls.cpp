#include "tests/crypto/enclave/tls_calls.h"

#include "enclave/crypto/vector_scope.h"
#include "enclave/sched/scheduler.h"

#include <crypto/internal.h>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace farl::crypto_test {

namespace {

bssl::UniquePtr<EVP_PKEY> new_key()
{
    bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
    if (!ec || !key || !EC_KEY_generate_key(ec.get()) || !EVP_PKEY_set1_EC_KEY(key.get(), ec.get()))
        return nullptr;
    return key;
}

// Signed by itself, valid for an hour around now.
bssl::UniquePtr<X509> new_certificate(EVP_PKEY* key)
{
    bssl::UniquePtr<X509> certificate(X509_new());
    auto* name = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
    auto const* text = reinterpret_cast<uint8_t const*>("test");
    bool ok = name && X509_set_version(certificate.get(), X509_VERSION_3)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0)
        && X509_set_issuer_name(certificate.get(), name)
        && X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -1800)
        && X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 1800) && X509_set_pubkey(certificate.get(), key)
        && X509_sign(certificate.get(), key, EVP_sha256());
    return ok ? std::move(certificate) : nullptr;
}

SSL_CTX* server_context;
SSL_CTX* client_context;
CRYPTO_once_t once = CRYPTO_ONCE_INIT;

void make_contexts()
{
    auto key = new_key();
    auto certificate = key ? new_certificate(key.get()) : nullptr;
    bssl::UniquePtr<SSL_CTX> server(SSL_CTX_new(TLS_method())), client(SSL_CTX_new(TLS_method()));
    bool ok = certificate && server && client && SSL_CTX_use_certificate(server.get(), certificate.get())
        && SSL_CTX_use_PrivateKey(server.get(), key.get())
        && X509_STORE_add_cert(SSL_CTX_get_cert_store(client.get()), certificate.get());
    if (!ok)
        return;
    SSL_CTX_set_verify(client.get(), SSL_VERIFY_PEER, nullptr);
    server_context = server.release();
    client_context = client.release();
}

struct Ends {
    bssl::UniquePtr<SSL> client, server;
};

Result<Ends> connect()
{
    Ends ends { bssl::UniquePtr<SSL>(SSL_new(client_context)), bssl::UniquePtr<SSL>(SSL_new(server_context)) };
    BIO *near = nullptr, *far = nullptr;
    if (!ends.client || !ends.server || !BIO_new_bio_pair(&near, 0, &far, 0))
        return Errno::Enomem;
    SSL_set_bio(ends.client.get(), near, near);
    SSL_set_bio(ends.server.get(), far, far);
    SSL_set_connect_state(ends.client.get());
    SSL_set_accept_state(ends.server.get());
    return ends;
}

bool is_waiting(SSL* ssl, int result)
{
    auto error = SSL_get_error(ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

Result<> run_handshake(Ends& ends)
{
    constexpr int kMostTurns = 100;
    for (int turn = 0; turn < kMostTurns; ++turn) {
        int client = SSL_do_handshake(ends.client.get());
        scheduler().yield(); // others come between, perhaps on this carrier, or this goes on on another
        int server = SSL_do_handshake(ends.server.get());
        if (client == 1 && server == 1)
            return {};
        if ((client != 1 && !is_waiting(ends.client.get(), client))
            || (server != 1 && !is_waiting(ends.server.get(), server)))
            return Errno::Eproto;
    }
    return Errno::Eloop;
}

Result<> pass_message(SSL* from, SSL* to)
{
    constexpr char kMessage[] = "a message of some length";
    char received[sizeof(kMessage)];
    if (SSL_write(from, kMessage, sizeof(kMessage)) != sizeof(kMessage)
        || SSL_read(to, received, sizeof(received)) != sizeof(received) || memcmp(kMessage, received, sizeof(received)))
        return Errno::Eproto;
    return {};
}

} // namespace

Result<uint64_t> shake_hands()
{
    VectorScope vectors;
    CRYPTO_once(&once, make_contexts);
    if (!client_context)
        return Errno::Einval;
    auto ends = TRY(connect());
    TRY(run_handshake(ends));
    TRY(pass_message(ends.client.get(), ends.server.get()));
    TRY(pass_message(ends.server.get(), ends.client.get()));
    return static_cast<uint64_t>(SSL_version(ends.client.get()));
}

} // namespace farl::crypto_test
