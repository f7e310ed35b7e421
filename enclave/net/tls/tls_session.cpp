#include "enclave/net/tls/tls_session.h"

#include "enclave/crypto/boringssl.h"
#include "enclave/crypto/vector_scope.h"
#include "enclave/net/tls/tls_failure.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace farl {

// What BoringSSL reads and writes: the two queues. BIO_METHOD as BIO_meth_new(3) would fill it.
struct TlsTransport {
    static int write(BIO* bio, char const* bytes, int size)
    {
        auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
        auto given = std::as_bytes(std::span(bytes, static_cast<size_t>(size)));
        return session.outgoing_.append(given).is_ok() ? size : -1;
    }

    static int read(BIO* bio, char* bytes, int size)
    {
        auto& incoming = static_cast<TlsSession*>(BIO_get_data(bio))->incoming_;
        BIO_clear_retry_flags(bio);
        if (incoming.is_empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        auto front = incoming.front();
        auto count = front.size() < static_cast<size_t>(size) ? front.size() : static_cast<size_t>(size);
        memcpy(bytes, front.data(), count);
        incoming.consume(count);
        return static_cast<int>(count);
    }

    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }

    static constexpr BIO_METHOD kMethod { BIO_TYPE_SOURCE_SINK, "farl", write, read, nullptr, nullptr, control, nullptr,
        nullptr, nullptr };
};

Result<Owned<TlsSession>> TlsSession::create(Ref<TlsContext> context, InternetAddress const& server)
{
    Owned<TlsSession> session(new (std::nothrow) TlsSession(std::move(context), server));
    if (!session)
        return Errno::Enomem;
    TRY(session->prepare());
    return session;
}

Result<> TlsSession::prepare()
{
    VectorScope vectors;
    connection_ = SSL_new(context_->context_);
    auto* transport = connection_ ? BIO_new(&TlsTransport::kMethod) : nullptr;
    TRY(outcome(transport, Errno::Enomem));
    BIO_set_init(transport, 1);
    BIO_set_data(transport, this);
    SSL_set_bio(connection_, transport, transport);
    SSL_set_shed_handshake_config(connection_, 1);
    TRY(outcome(name_other_side(), Errno::Enomem));
    if (context_->end() == TlsEnd::Server) {
        SSL_set_accept_state(connection_);
        return {};
    }
    SSL_set_connect_state(connection_);
    return prepare_client();
}

Result<> TlsSession::prepare_client()
{
    SSL_set_app_data(connection_, this);
    if (auto* session = context_->sessions().take(server_)) {
        auto const is_set = SSL_set_session(connection_, session);
        SSL_SESSION_free(session);
        TRY(outcome(is_set, Errno::Enomem));
    }
    TRY(outcome(name_server(), Errno::Enomem));
    auto protocol = context_->protocol();
    if (protocol.empty())
        return {};
    uint8_t list[256];
    list[0] = static_cast<uint8_t>(protocol.size());
    memcpy(list + 1, protocol.data(), protocol.size());
    return outcome(SSL_set_alpn_protos(connection_, list, protocol.size() + 1) == 0, Errno::Enomem); // 0 is success
}

// Takes the caller's reference.
void TlsSession::keep(ssl_session_st* session) { context_->sessions().keep(server_, session); }

bool TlsSession::is_resumed() const
{
    VectorScope vectors;
    return SSL_session_reused(connection_);
}

TlsSession::~TlsSession()
{
    VectorScope vectors;
    SSL_free(connection_); // wipes its keys and its buffers
}

Result<size_t> TlsSession::outcome_of(int result)
{
    if (result > 0)
        return static_cast<size_t>(result);
    auto error = SSL_get_error(connection_, result);
    auto reason = ERR_peek_error();
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_WANT_READ:
        return Errno::Eagain;
    case SSL_ERROR_ZERO_RETURN:
        return size_t { 0 };
    default:
        failure_ = describe_tls_failure(reason, SSL_get_verify_result(connection_));
        return Errno::Eproto;
    }
}

// A side that knows nothing of ALPN says nothing; what was not offered does not get this far.
Result<> TlsSession::check_protocol()
{
    uint8_t const* selected;
    unsigned size;
    SSL_get0_alpn_selected(connection_, &selected, &size);
    if (size != 0 || context_->protocol().empty())
        return {};
    failure_ = "it does not name the protocol that the rule asks for (ALPN)";
    return Errno::Eproto;
}

// The other side's certificates were checked when the session began, by a rule like this one; since then they may have
// ended.
Result<> TlsSession::check_resumed()
{
    if (!SSL_session_reused(connection_))
        return {};
    auto const* chain = SSL_get_peer_full_cert_chain(connection_);
    for (size_t i = 0; chain && i < sk_X509_num(chain); ++i)
        if (X509_cmp_current_time(X509_get0_notAfter(sk_X509_value(chain, i))) <= 0) {
            failure_ = X509_verify_cert_error_string(X509_V_ERR_CERT_HAS_EXPIRED);
            return Errno::Eproto;
        }
    return {};
}

Result<> TlsSession::shake_hands()
{
    VectorScope vectors;
    if (!TRY(outcome_of(SSL_do_handshake(connection_))))
        return Errno::Eproto;
    TRY(check_protocol());
    TRY(check_resumed());
    auto* session = SSL_get_session(connection_);
    bool const may_be_used_again =
        context_->end() == TlsEnd::Client && is_resumed() && !SSL_SESSION_should_be_single_use(session);
    if (may_be_used_again && SSL_SESSION_up_ref(session))
        keep(session);
    // Tickets go now, and the other side's last message is acknowledged with them: it may wait for that before it asks.
    if (context_->end() == TlsEnd::Server)
        SSL_write(connection_, "", 0);
    ERR_clear_error();
    return {};
}

Result<size_t> TlsSession::read(std::span<std::byte> bytes)
{
    VectorScope vectors;
    return outcome_of(SSL_read(connection_, bytes.data(), static_cast<int>(bytes.size())));
}

Result<> TlsSession::write(std::span<std::byte const> bytes)
{
    ASSERT(!bytes.empty() && bytes.size() <= kMostInRecord);
    VectorScope vectors;
    auto count = TRY(outcome_of(SSL_write(connection_, bytes.data(), static_cast<int>(bytes.size()))));
    return count == bytes.size() ? Result<> {} : Errno::Eproto;
}

std::span<std::byte const> TlsSession::peer_certificate() const
{
    VectorScope vectors;
    auto const* chain = SSL_get0_peer_certificates(connection_);
    if (!chain || sk_CRYPTO_BUFFER_num(chain) == 0)
        return {};
    auto const* first = sk_CRYPTO_BUFFER_value(chain, 0);
    return { reinterpret_cast<std::byte const*>(CRYPTO_BUFFER_data(first)), CRYPTO_BUFFER_len(first) };
}

std::string_view TlsSession::version() const
{
    VectorScope vectors;
    return SSL_get_version(connection_);
}

void TlsSession::end()
{
    VectorScope vectors;
    SSL_shutdown(connection_);
    ERR_clear_error();
}

} // namespace farl
