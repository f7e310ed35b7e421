// OwnerConnections: owners' connections to a CAS, bounded in time. Answers come from OwnerService, one at a time.
#pragma once

#include "owner/cas/owner_service.h"
#include "owner/cas/tls.h"

#include <mutex>

namespace farl::owner {

class OwnerConnections {
public:
    // All of them have to outlive this. `answering` is held while the service is used.
    OwnerConnections(TlsContext const& context, OwnerService& service, std::mutex& answering)
        : context_(context),
          service_(service),
          answering_(answering)
    {
    }

    // Any thread. Throws TlsFailure.
    void serve(FileDescriptor socket);

private:
    nlohmann::ordered_json answer(nlohmann::ordered_json request, Ed25519Point const& caller);

    TlsContext const& context_;
    OwnerService& service_;
    std::mutex& answering_;
};

} // namespace farl::owner
