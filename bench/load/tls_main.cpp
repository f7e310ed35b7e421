// bench_tls: what a server on the loopback does of handshakes, or of bytes one way, as JSON.
#include "bench/load/tls_measurements.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace farl::load {

namespace {

int run(int argc, char** argv)
{
    CLI::App app("What a server on the loopback does of handshakes, or of bytes one way, as JSON.", "bench_tls");
    TlsPlan plan;
    std::string what;
    app.add_option("what", what, "what is measured")
        ->required()
        ->check(CLI::IsMember({ "full", "resumed", "sending", "receiving" }));
    app.add_option("--port", plan.port, "where it listens on 127.0.0.1")->required();
    app.add_option("--duration", plan.duration_s, "seconds of measuring");
    app.add_option("--server", plan.servers, "process ids of the server, for its processor time");
    CLI11_PARSE(app, argc, argv);
    auto const measured = what == "sending" ? measure_sending(plan)
        : what == "receiving"               ? measure_receiving(plan)
                                            : measure_handshakes(plan, what == "resumed");
    nlohmann::json const result {
        { "rate", measured.amount / measured.duration_s },
        { "processor_s_each", measured.server_processor_s / measured.amount },
    };
    std::printf("%s\n", result.dump(1).c_str());
    return 0;
}

} // namespace

} // namespace farl::load

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return farl::load::run(argc, argv);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "bench_tls: %s\n", error.what());
        return 1;
    }
}
