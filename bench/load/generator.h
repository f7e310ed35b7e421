// Offers a load to a server, and measures what becomes of it. One thread, one epoll: a second processor is not needed,
// and the client disturbs the server as little as possible.
#pragma once

#include "bench/load/connection.h"
#include "bench/load/histogram.h"
#include "bench/load/pacer.h"

#include <deque>
#include <memory>
#include <vector>

namespace farl::load {

struct Plan {
    Target target;
    uint32_t connection_count = 100;
    double rate = 0;        // requests a second; 0: each connection sends again as soon as it has its answer
    double warm_up_s = 0.2; // not measured
    double duration_s = 2;
    bool is_spinning = false;   // never sleep, so that the server need not wake this process
    uint64_t most_requests = 0; // 0: as many as the duration allows
    std::vector<int> servers;   // processes whose processor time is measured
};

// Of the measured time only, but for `sent`, which is of all.
struct Measured {
    double duration_s = 0;
    uint64_t sent = 0;
    uint64_t answers = 0;
    uint64_t failures = 0;
    uint64_t disconnections = 0;
    uint64_t behind = 0; // requests that should have been sent by the end
    Histogram latency;
    double client_processor_s = 0;
    double server_processor_s = 0;
    double machine_processor_s = 0; // these two, and all others
};

class Generator {
public:
    Generator(Plan const& plan, std::unique_ptr<Protocol> protocol);
    ~Generator();
    Generator(Generator const&) = delete;
    Generator& operator=(Generator const&) = delete;

    // To be called once.
    Measured run();

private:
    struct Clocks {
        uint64_t now_ns;
        double client_processor_s;
        double server_processor_s;
        double machine_processor_s;
    };
    Clocks read_clocks() const;
    void watch(Connection& connection);
    void send_due(Pacer& pacer, uint64_t now_ns);
    void wait(uint64_t until_ns);
    void take_from(Connection& connection, uint64_t now_ns);
    bool is_finished(uint64_t now_ns, uint64_t end_ns) const;

    Plan plan_;
    std::unique_ptr<Protocol> protocol_;
    int epoll_;
    std::vector<Connection> connections_;
    std::deque<Connection*> idle_; // the one that is idle longest is used next, so that all are
    std::string request_;
    uint64_t sent_ = 0;
    Measured measured_;
};

} // namespace farl::load
