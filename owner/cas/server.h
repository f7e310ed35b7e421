// Server: takes connections at an endpoint, a thread for each, bounded in number and rate. What is said on them is for
// who made it to know: OwnerConnections, EnclaveConnections.
#pragma once

#include "owner/cas/rate_limiter.h"
#include "owner/launch/file_descriptor.h"

#include <atomic>
#include <functional>

namespace farl::owner {

struct ServerLimits {
    size_t most_connections;
    RateLimit connections; // from one address
};

class Server {
public:
    // Called by any thread, for a connection from the address `peer`. What it throws ends the connection and is told on
    // stderr, so it holds no data.
    using Serve = std::function<void(FileDescriptor socket, std::string const& peer)>;

    Server(FileDescriptor listener, ServerLimits const& limits, Serve serve);

    // Until `stop` is readable. Connections may still be there then, so this has to stay until the process ends.
    void run(int stop);

private:
    void take_connection();
    void serve(FileDescriptor socket);

    FileDescriptor listener_;
    size_t most_connections_;
    Serve serve_;
    RateLimiter connections_;
    std::atomic<size_t> open_ { 0 };
};

} // namespace farl::owner
