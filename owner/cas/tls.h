// TLS 1.3 of a CAS (RFC 8446). With owners' programs: both sides show an Ed25519 key in a certificate that they
// signed themselves, and each knows which keys of the other it takes. With enclaves, a CAS takes any certificate, and
// looks at what it shows afterwards. No names, no authorities, no resumption.
#pragma once

#include "owner/keys/ed25519_key.h"
#include "owner/launch/file_descriptor.h"

#include <chrono>
#include <functional>
#include <openssl/ssl.h>

namespace farl::owner {

// Of the connection or of the other side. Never names data.
class TlsFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct TlsFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
};

class TlsContext {
public:
    enum class Side { Server, Client };
    using Accepts = std::function<bool(Ed25519Point const&)>;

    // Ignores SIGPIPE in this process. `protocol` is the ALPN name (RFC 7301) that both have to agree on: a connection
    // to another port gets nowhere.
    TlsContext(Side side, Ed25519Key const& key, std::string protocol, Accepts accepts);
    // Any certificate will do: that its key is the other side's is all that is known then.
    struct AnyCertificate { };
    TlsContext(Side side, Ed25519Key const& key, std::string protocol, AnyCertificate);
    TlsContext(TlsContext const&) = delete; // OpenSSL has its address

    SSL_CTX* get() const { return context_.get(); }
    Side side() const { return side_; }

private:
    static int verify(X509_STORE_CTX* store, void* self);
    static int select_protocol(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* offered,
        unsigned offered_size, void* self);

    Side side_;
    std::string protocol_; // as on the wire: with its length in front
    Accepts accepts_;      // none: any certificate
    std::unique_ptr<SSL_CTX, TlsFree> context_;
};

// One connection, after its handshake. Each call ends at the deadline at the latest, with TlsFailure.
class TlsStream {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    TlsStream(TlsContext const& context, FileDescriptor socket, Deadline deadline);

    // The Ed25519 key of the other side, where only such are accepted.
    Ed25519Point peer() const;
    X509* certificate() const { return SSL_get0_peer_certificate(connection_.get()); }
    void set_deadline(Deadline deadline) { deadline_ = deadline; }

    // All of it. False if the other side has ended instead, properly and before the first byte.
    bool read(std::span<unsigned char> bytes);
    void write(std::string_view bytes);
    void end(); // close_notify

private:
    template <typename Call>
    int complete(Call const& call);
    void wait_for(short events);

    FileDescriptor socket_;
    std::unique_ptr<SSL, TlsFree> connection_;
    Deadline deadline_;
};

} // namespace farl::owner
