// TlsStream: a TlsClient on a HostStream. Waiting is the stream's, outside of all cryptography.
#pragma once

#include "enclave/attest/host_stream.h"
#include "enclave/crypto/tls_client.h"

namespace farl {

class TlsStream {
public:
    TlsStream(HostStream stream, Owned<TlsClient> client) : stream_(std::move(stream)), client_(std::move(client)) { }

    void stop_attending() { stream_.stop_attending(); }
    void set_deadline(uint64_t deadline_ns) { stream_.set_deadline(deadline_ns); }
    std::optional<TlsClient::ServerKey> server_key() const { return client_->server_key(); }

    // Errors are those of both; ECONNRESET: the other side has ended without saying so.
    Result<> shake_hands();
    // All of them; ECONNRESET also at a proper end before.
    Result<> read(std::span<std::byte> bytes);
    Result<> write(std::span<std::byte const> bytes);
    // close_notify. Nothing is heard after it.
    Result<> end();

private:
    template <typename Step>
    auto complete(Step const& step) -> decltype(step());
    Result<bool> send_outgoing();
    Result<> receive_incoming();

    HostStream stream_;
    Owned<TlsClient> client_;
};

} // namespace farl
