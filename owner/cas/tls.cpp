#include "owner/cas/tls.h"

#include "owner/cas/self_signed.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <optional>
#include <poll.h>

namespace farl::owner {

namespace {

// What is wrong, in OpenSSL's words, which name no data.
std::string reason()
{
    auto error = ERR_get_error();
    auto const* text = error ? ERR_reason_error_string(error) : nullptr;
    ERR_clear_error();
    return text ? text : "the connection was closed";
}

std::optional<Ed25519Point> point_in(X509* certificate)
{
    Ed25519Point point;
    auto size = point.size();
    auto* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
    if (!key || !EVP_PKEY_is_a(key, "ED25519")
        || EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(point.data()), &size) != 1)
        return {};
    return point;
}

} // namespace

TlsContext::TlsContext(Side side, Ed25519Key const& key, std::string protocol, Accepts accepts)
    : side_(side),
      protocol_(static_cast<char>(protocol.size()) + protocol),
      accepts_(std::move(accepts)),
      context_(SSL_CTX_new(side == Side::Server ? TLS_server_method() : TLS_client_method()))
{
    // OpenSSL writes without MSG_NOSIGNAL: who is gone is an error of the connection, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    auto* context = context_.get();
    auto certificate = self_signed_certificate(key);
    auto const* name = reinterpret_cast<unsigned char const*>(protocol_.data());
    require(context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1
            && SSL_CTX_use_certificate(context, certificate.get()) == 1
            && SSL_CTX_use_PrivateKey(context, key.handle()) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1
            && SSL_CTX_set_alpn_protos(context, name, static_cast<unsigned>(protocol_.size())) == 0,
        "prepare TLS");
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_read_ahead(context, 1); // a record is one read(2)
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify, this);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, this);
}

TlsContext::TlsContext(Side side, Ed25519Key const& key, std::string protocol, AnyCertificate)
    : TlsContext(side, key, std::move(protocol), Accepts())
{
}

// By its key alone; the handshake proves that the other side has it.
int TlsContext::verify(X509_STORE_CTX* store, void* self)
{
    auto const& accepts = static_cast<TlsContext const*>(self)->accepts_;
    auto point = point_in(X509_STORE_CTX_get0_cert(store));
    bool is_accepted = !accepts || (point && accepts(*point));
    X509_STORE_CTX_set_error(store, is_accepted ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return is_accepted;
}

int TlsContext::select_protocol(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* offered,
    unsigned offered_size, void* self)
{
    auto const& ours = static_cast<TlsContext const*>(self)->protocol_;
    unsigned char* chosen;
    auto result = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<unsigned char const*>(ours.data()),
        static_cast<unsigned>(ours.size()), offered, offered_size);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

TlsStream::TlsStream(TlsContext const& context, FileDescriptor socket, Deadline deadline)
    : socket_(std::move(socket)),
      connection_(SSL_new(context.get())),
      deadline_(deadline)
{
    auto flags = fcntl(socket_.get(), F_GETFL);
    require(connection_ && flags >= 0 && fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) == 0
            && SSL_set_fd(connection_.get(), socket_.get()) == 1,
        "prepare a connection");
    bool is_server = context.side() == TlsContext::Side::Server;
    if (complete([&] { return is_server ? SSL_accept(connection_.get()) : SSL_connect(connection_.get()); }) <= 0)
        throw TlsFailure(reason());
    unsigned char const* protocol;
    unsigned size;
    SSL_get0_alpn_selected(connection_.get(), &protocol, &size);
    if (size == 0)
        throw TlsFailure("the other side speaks another protocol");
}

Ed25519Point TlsStream::peer() const { return point_in(certificate()).value(); }

void TlsStream::wait_for(short events)
{
    using std::chrono::milliseconds;
    auto left = std::chrono::ceil<milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd waiting { socket_.get(), events, 0 };
    auto count = left > milliseconds::zero() ? poll(&waiting, 1, static_cast<int>(left.count())) : 0;
    if (count == 0)
        throw TlsFailure("the other side took too long");
    if (count < 0 && errno != EINTR)
        throw TlsFailure(std::strerror(errno));
}

// Calls until it needs to wait no more.
template <typename Call>
int TlsStream::complete(Call const& call)
{
    while (true) {
        ERR_clear_error();
        auto result = call();
        if (result > 0)
            return result;
        auto error = SSL_get_error(connection_.get(), result);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
        wait_for(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    }
}

bool TlsStream::read(std::span<unsigned char> bytes)
{
    for (size_t done = 0; done < bytes.size();) {
        auto rest = bytes.subspan(done);
        auto count = complete([&] { return SSL_read(connection_.get(), rest.data(), static_cast<int>(rest.size())); });
        if (count == 0 && done == 0)
            return false;
        if (count <= 0)
            throw TlsFailure(reason());
        done += static_cast<size_t>(count);
    }
    return true;
}

void TlsStream::write(std::string_view bytes)
{
    // Without partial writes: all or an error.
    if (!bytes.empty()
        && complete([&] { return SSL_write(connection_.get(), bytes.data(), static_cast<int>(bytes.size())); }) <= 0)
        throw TlsFailure(reason());
}

void TlsStream::end()
{
    ERR_clear_error();
    SSL_shutdown(connection_.get());
    ERR_clear_error();
}

} // namespace farl::owner
