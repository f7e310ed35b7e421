#include "enclave/net/tls/tls_session_cache.h"

#include "enclave/crypto/vector_scope.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace farl {

namespace {

// What was believed then has to be believed still.
bool has_ended(ssl_session_st const* session)
{
    auto const* certificate = SSL_SESSION_get0_peer(session);
    return !certificate || X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
}

} // namespace

TlsSessionCache::~TlsSessionCache()
{
    VectorScope vectors;
    for (auto& kept : kept_)
        SSL_SESSION_free(kept.session);
}

void TlsSessionCache::remove(size_t index)
{
    SSL_SESSION_free(kept_[index].session);
    kept_.remove(index);
}

void TlsSessionCache::keep(InternetAddress const& server, ssl_session_st* session)
{
    VectorScope vectors;
    LockGuard guard(lock_);
    size_t of_server = 0, oldest = 0;
    for (size_t i = kept_.size(); i-- > 0;)
        if (kept_[i].server == server) {
            ++of_server;
            oldest = i;
        }
    if (of_server >= kMostOfOne)
        remove(oldest);
    else if (kept_.size() >= kMost)
        remove(0);
    if (kept_.push({ server, session }).is_error())
        SSL_SESSION_free(session);
}

ssl_session_st* TlsSessionCache::take(InternetAddress const& server)
{
    VectorScope vectors;
    LockGuard guard(lock_);
    for (size_t i = kept_.size(); i-- > 0;) {
        if (kept_[i].server != server)
            continue;
        if (!has_ended(kept_[i].session)) {
            auto* session = kept_[i].session;
            kept_.remove(i);
            return session;
        }
        remove(i);
    }
    return nullptr;
}

} // namespace farl
