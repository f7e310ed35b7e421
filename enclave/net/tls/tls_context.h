// TlsContext: what all TLS connections of one network rule share: whom this side is, whom it believes, which versions
// it speaks. For any thread once it is made.
#pragma once

#include "base/ref.h"
#include "base/string.h"
#include "enclave/net/tls/ticket_sealing.h"
#include "enclave/net/tls/tls_session_cache.h"

#include <string_view>

struct ssl_ctx_st; // BoringSSL's
struct ssl_st;

namespace farl {

enum class TlsEnd { Server, Client };

struct TlsSettings {
    TlsEnd end;
    bool allows_tls12 { false };
    std::string_view certificate {}; // PEM, the chain behind it; with its key, or neither
    std::string_view key {};         // PEM
    std::string_view authority {};   // PEM: who issues the other side's certificates; empty: a server asks for none
    std::string_view names {};    // one a line: the other side's certificate has one of these; empty: any of its issuer
    std::string_view protocol {}; // ALPN (RFC 7301) that both have to name; empty: any
    std::span<std::byte const> ticket_keys {}; // of a server, as TicketSealing; empty: ones that only this context has
};

class TlsContext : public RefCounted<TlsContext> {
public:
    // EKEYREJECTED: certificate and key are not readable, or do not belong together. ENOKEY: so is the authority.
    // EINVAL: any other setting. ENOMEM.
    static Result<Ref<TlsContext>> create(TlsSettings const& settings);
    ~TlsContext();

    TlsEnd end() const { return end_; }
    bool asks_for_certificate() const { return asks_for_certificate_; }
    std::string_view names() const { return names_.view(); }
    std::string_view protocol() const { return protocol_.view(); }
    TlsSessionCache& sessions() { return sessions_; } // of clients

private:
    friend class TlsSession;
    friend struct TlsCallbacks;
    TlsContext() = default;
    Result<> prepare(TlsSettings const& settings);
    Result<> share_tickets(TlsSettings const& settings);

    TlsEnd end_ { TlsEnd::Server };
    bool asks_for_certificate_ { false };
    String names_;
    String protocol_;
    Owned<TicketSealing> ticket_sealing_; // null: BoringSSL's own
    TlsSessionCache sessions_;
    ssl_ctx_st* context_ { nullptr };
};

} // namespace farl
