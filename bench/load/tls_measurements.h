// What is measured of TLS besides requests: handshakes, and bytes one way.
#pragma once

#include "bench/load/processor_time.h"

#include <cstdint>
#include <vector>

namespace farl::load {

struct TlsPlan {
    uint16_t port = 0;
    double duration_s = 1;
    std::vector<int> servers; // processes whose processor time is measured
};

struct TlsMeasured {
    double amount; // of handshakes or bytes
    double duration_s;
    double server_processor_s;
};

// Full ones, or resumptions of one session. The server has /page.html, and closes when it is asked to.
TlsMeasured measure_handshakes(TlsPlan const& plan, bool is_resuming);
// A server that sends as long as it can; what comes is not opened, so that the server is what limits it.
TlsMeasured measure_sending(TlsPlan const& plan);
// A server that takes what comes.
TlsMeasured measure_receiving(TlsPlan const& plan);

// From when it was made on.
class Stopwatch {
public:
    explicit Stopwatch(std::vector<int> const& servers) : servers_(servers) { }
    double elapsed_s() const { return static_cast<double>(monotonic_ns() - start_ns_) / 1e9; }
    double processor_s() const { return processor_s_of(servers_) - start_processor_s_; }

private:
    std::vector<int> servers_;
    uint64_t start_ns_ = monotonic_ns();
    double start_processor_s_ = processor_s_of(servers_);
};

} // namespace farl::load
