// CasConversation: what an enclave that was admitted asks its CAS later on, over one connection, which is made when it
// is needed. Any number of threads, one at a time.
#pragma once

#include "enclave/attest/cas_client.h"
#include "enclave/attest/cas_socket.h"
#include "enclave/sched/wait_queue.h"

namespace farl {

class CasConversation {
public:
    // `place` is for new connections.
    CasConversation(Owned<CasClient> client, CasPlace const& place) : client_(std::move(client)), place_(place) { }

    std::string_view service() const { return client_->service(); }
    // One attempt. The answer may be a denial, which is the CAS's last word on a connection. ENOTCONN: there is no way
    // back to where the CAS was. ETIMEDOUT, and other errors of connections.
    Result<SecretBytes> ask(std::span<std::byte const> block, uint64_t deadline_ns);
    void disconnect();
    // There is seldom anything to ask: now and after each answer the connection ends.
    void end_after_answers();

private:
    Mutex lock_;
    Owned<CasClient> client_;
    CasPlace place_;
    bool ends_after_answers_ { false };
};

} // namespace farl
