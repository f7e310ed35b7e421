#include "bench/load/tls.h"

#include <cerrno>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>

namespace farl::load {

namespace {

[[noreturn]] void fail(char const* what)
{
    auto const* reason = ERR_reason_error_string(ERR_peek_error());
    throw std::runtime_error(std::string(what) + ": " + (reason ? reason : "the connection ended"));
}

SSL_CTX* make_context()
{
    constexpr size_t kReadAtOnce = 64 * 1024; // several records, so that the client has few system calls
    auto* context = SSL_CTX_new(TLS_client_method());
    bool const is_ready = context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION)
        && SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") && SSL_CTX_set1_groups_list(context, "X25519");
    if (!is_ready)
        fail("TLS");
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, kReadAtOnce);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    return context;
}

SSL_CTX* context()
{
    static SSL_CTX* const made = make_context();
    return made;
}

} // namespace

void TlsStream::Free::operator()(SSL* connection) const { SSL_free(connection); }

TlsStream::TlsStream(int descriptor, SSL_SESSION* session) : connection_(SSL_new(context()))
{
    auto* connection = connection_.get();
    if (!connection || !SSL_set_fd(connection, descriptor) || (session && !SSL_set_session(connection, session)))
        fail("TLS");
    if (SSL_connect(connection) != 1)
        fail("the handshake");
    if (fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) != 0)
        fail("fcntl");
}

// OpenSSL takes what is freed without an end for broken, and its session for one not to be resumed.
TlsStream::~TlsStream() { SSL_set_shutdown(connection_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

ssize_t TlsStream::outcome(int result)
{
    if (result > 0)
        return result;
    switch (SSL_get_error(connection_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        ERR_clear_error();
        errno = ECONNRESET;
        return -1;
    }
}

ssize_t TlsStream::send(std::string_view bytes)
{
    return outcome(SSL_write(connection_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

ssize_t TlsStream::receive(char* room, size_t size)
{
    return outcome(SSL_read(connection_.get(), room, static_cast<int>(size)));
}

bool TlsStream::is_resumed() const { return SSL_session_reused(connection_.get()); }

SSL_SESSION* TlsStream::session() const { return SSL_get1_session(connection_.get()); }

} // namespace farl::load
