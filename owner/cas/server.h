// Server: owners' connections to a CAS, a thread for each, bounded in number, rate and time. Answers come from
// OwnerService, one at a time.
#pragma once

#include "owner/cas/owner_service.h"
#include "owner/cas/rate_limiter.h"
#include "owner/cas/tls.h"

#include <atomic>
#include <mutex>

namespace farl::owner {

class Server {
public:
    // All of them have to outlive this.
    Server(FileDescriptor listener, TlsContext const& context, OwnerService& service);

    // Until `stop` is readable. No request is being answered when it returns, and none will be; connections may still
    // be there, so the process has to end then.
    void run(int stop);

private:
    void take_connection();
    void serve(FileDescriptor socket);
    nlohmann::ordered_json answer(nlohmann::ordered_json request, Ed25519Point const& caller);

    FileDescriptor listener_;
    TlsContext const& context_;
    OwnerService& service_;
    std::mutex answering_;
    RateLimiter connections_;
    std::atomic<size_t> open_ { 0 };
};

} // namespace farl::owner
