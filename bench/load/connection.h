// One connection to a server on the loopback, with at most one request under way.
#pragma once

#include "bench/load/protocol.h"
#include "bench/load/tls.h"

#include <cstdint>

namespace farl::load {

struct Target {
    uint16_t port = 0; // on 127.0.0.1
    bool has_tls = false;
};

// A socket that is connected, with TCP_NODELAY; throws std::system_error if nothing listens.
int connected_socket(uint16_t port);

class Connection {
public:
    // As connected_socket() and TlsStream.
    explicit Connection(Target const& target);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    int descriptor() const { return descriptor_; }
    bool is_busy() const { return is_busy_; } // an answer is due
    uint64_t intended_ns() const { return intended_ns_; }

    // The request counts from `intended_ns` on.
    void send(std::string_view request, uint64_t intended_ns);

    // Takes what has arrived. Nothing is left over after a complete answer, as there is one request at most.
    enum class Received { Nothing, Answer, Failure, End };
    Received receive(Protocol const& protocol);

    // In place of a connection that the server has ended.
    void reconnect(Target const& target);

private:
    ssize_t receive_some();

    int descriptor_;
    std::unique_ptr<TlsStream> tls_;
    bool is_busy_ = false;
    uint64_t intended_ns_ = 0;
    std::string received_;
};

} // namespace farl::load
