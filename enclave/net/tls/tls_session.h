// TlsSession: one end of a TLS connection, without input and output of its own: the caller carries sealed bytes between
// it and the host. For one thread at a time.
//
// EAGAIN: it needs more of what comes. ENOMEM. EPROTO: the connection is of no more use, and failure() says why; what
// is outgoing then is an alert.
#pragma once

#include "base/owned.h"
#include "enclave/net/tls/byte_queue.h"
#include "enclave/net/tls/tls_context.h"

struct bio_st;

namespace farl {

class TlsSession {
public:
    static constexpr size_t kMostInRecord = 16 * 1024; // RFC 8446, section 5.1

    // `server` is where a client's connection leads: it goes on with a session that began there with the same context.
    static Result<Owned<TlsSession>> create(Ref<TlsContext> context, InternetAddress const& server = {});
    ~TlsSession();
    TlsSession(TlsSession const&) = delete;
    TlsSession& operator=(TlsSession const&) = delete;

    Result<> shake_hands();
    // After the handshake. Read gives 0 when the other side has ended properly (close_notify).
    Result<size_t> read(std::span<std::byte> bytes);
    // All of them, at most kMostInRecord, as one record.
    Result<> write(std::span<std::byte const> bytes);
    // close_notify; nothing is written after it. What comes can still be read.
    void end();
    // The other side's certificate in DER, after the handshake; empty: it has shown none.
    std::span<std::byte const> peer_certificate() const;
    // The alternative names of that certificate that are host names, one a line. ENOMEM.
    Result<String> peer_names() const;
    std::string_view version() const; // "TLSv1.3"
    std::string_view failure() const { return failure_; }
    bool is_resumed() const;

    ByteQueue& incoming() { return incoming_; } // sealed, from the host, copied in
    ByteQueue& outgoing() { return outgoing_; } // sealed, for the host

private:
    friend struct TlsTransport;
    friend struct TlsCallbacks;
    TlsSession(Ref<TlsContext> context, InternetAddress const& server) : context_(std::move(context)), server_(server)
    {
    }
    Result<> prepare();
    Result<> prepare_client();
    void keep(ssl_session_st* session);
    bool name_other_side();
    bool name_server();
    Result<size_t> outcome_of(int result);
    Result<> check_protocol();
    Result<> check_resumed();

    Ref<TlsContext> context_;
    InternetAddress server_;
    ssl_st* connection_ { nullptr };
    ByteQueue incoming_;
    ByteQueue outgoing_;
    std::string_view failure_ {};
};

} // namespace farl
