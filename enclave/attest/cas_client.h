// CasClient: an enclave towards its CAS. It shows what it is in the certificate of a key of its own, asks for the
// startup configuration of one service, and, if that has volumes, tells of their states later, on the same connection
// or on new ones. docs/formats/attestation.md, docs/formats/cas-protocol.md. One caller at a time.
#pragma once

#include "base/format.h"
#include "enclave/attest/tls_stream.h"
#include "enclave/crypto/secret_bytes.h"

namespace farl {

struct CasRequest {
    std::string_view service;                   // "SESSION/SERVICE"
    std::optional<TlsClient::ServerKey> key {}; // which the CAS has to show
};

class CasClient {
public:
    // `service` outlives it. If it cannot be made, `why` has a line for the operator.
    static Result<Owned<CasClient>> create(CasRequest const& request, Formatter& why);

    std::string_view service() const { return request_.service; }
    bool is_connected() const { return connection_.has_value(); }
    // In the place of the connection that there was. Once it was there, the CAS always has to show
    // the same key.
    Result<> connect(HostStream stream);
    // One request and its answer. After an error there is no connection.
    Result<SecretBytes> ask(std::span<std::byte const> block, uint64_t deadline_ns);
    // Whatever signals come: later requests are those of other threads.
    void stop_attending() { connection_->stop_attending(); }
    void disconnect();

private:
    explicit CasClient(CasRequest const& request, P256PrivateKey key) : request_(request), key_(std::move(key)) { }

    CasRequest request_;
    P256PrivateKey key_;
    Vector<std::byte> certificate_;
    std::optional<TlsStream> connection_;
};

// The block of the startup configuration, which its reader has yet to check. The connection is still there then. If
// there is none, `why` has a line for the operator, without secrets, and the error tells only who is to blame: EACCES
// for a denial by the CAS.
Result<SecretBytes> fetch_startup_config(CasClient& client, HostStream stream, uint64_t deadline_ns, Formatter& why);

} // namespace farl
