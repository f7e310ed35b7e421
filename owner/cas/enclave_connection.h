// One enclave's connection to a CAS: a handshake, a request, an answer; and, if it has volumes, their states for as
// long as it runs. Bounded in time from one request to the next.
#pragma once

#include "owner/cas/enclave_service.h"
#include "owner/cas/tls.h"

namespace farl::owner {

struct EnclaveTimes {
    std::chrono::milliseconds handshake { std::chrono::seconds(20) };
    std::chrono::milliseconds request { std::chrono::seconds(20) }; // and its answer
};

// The context takes any certificate, and speaks kEnclaveProtocol. Any thread. Throws TlsFailure.
void serve_enclave(TlsContext const& context, EnclaveService const& service, FileDescriptor socket,
    std::string const& peer, EnclaveTimes const& times = {});

} // namespace farl::owner
