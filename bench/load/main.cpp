// bench_load: offers a load to a server on the loopback and prints what became of it, as JSON.
#include "bench/load/generator.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace farl::load {

namespace {

struct Options {
    Plan plan;
    std::string protocol;
    std::string path = "/";
    StoreLoad store;
};

void describe(CLI::App& app, Options& options)
{
    auto& plan = options.plan;
    app.add_option("protocol", options.protocol, "what the server speaks")
        ->required()
        ->check(CLI::IsMember({ "http", "redis", "memcached" }));
    app.add_option("--port", plan.target.port, "where it listens on 127.0.0.1")->required();
    app.add_flag("--tls", plan.target.has_tls, "TLS 1.3, with any certificate");
    app.add_option("--connections", plan.connection_count, "as many connections, each with one request at most");
    app.add_option("--rate", plan.rate, "requests a second; 0: as fast as answers come")->check(CLI::NonNegativeNumber);
    app.add_option("--warm-up", plan.warm_up_s, "seconds before measuring");
    app.add_option("--duration", plan.duration_s, "seconds of measuring");
    app.add_flag("--spin", plan.is_spinning, "never sleep, as the server would pay for waking this process");
    app.add_option("--server", plan.servers, "process ids of the server, for its processor time");
    app.add_option("--path", options.path, "http: what to get");
    app.add_option("--keys", options.store.key_count, "stores: number of keys")->check(CLI::PositiveNumber);
    app.add_option("--value-size", options.store.value_size, "stores: bytes of a value");
    app.add_option("--reads", options.store.read_share, "stores: part of the requests that read")
        ->check(CLI::Range(0., 1.));
    app.add_flag("--preload", options.store.is_preload, "stores: write each key once, and end");
}

std::unique_ptr<Protocol> make_protocol(Options const& options)
{
    if (options.protocol == "http")
        return make_http(options.path);
    return options.protocol == "redis" ? make_redis(options.store) : make_memcached(options.store);
}

nlohmann::json as_json(Plan const& plan, Measured const& measured)
{
    auto const microseconds = [&](double part) { return static_cast<double>(measured.latency.percentile(part)) / 1e3; };
    return {
        { "offered", plan.rate },
        { "achieved", static_cast<double>(measured.answers) / measured.duration_s },
        { "sent", measured.sent },
        { "answers", measured.answers },
        { "failures", measured.failures },
        { "disconnections", measured.disconnections },
        { "behind", measured.behind },
        { "duration_s", measured.duration_s },
        { "client_processor_s", measured.client_processor_s },
        { "server_processor_s", measured.server_processor_s },
        { "machine_processor_s", measured.machine_processor_s },
        { "latency_us",
            { { "mean", measured.latency.mean() / 1e3 }, { "p50", microseconds(0.5) }, { "p90", microseconds(0.9) },
                { "p99", microseconds(0.99) }, { "p99.9", microseconds(0.999) },
                { "largest", static_cast<double>(measured.latency.largest()) / 1e3 } } },
    };
}

int run(int argc, char** argv)
{
    CLI::App app("Offers a load to a server on the loopback and prints what became of it, as JSON.", "bench_load");
    Options options;
    describe(app, options);
    CLI11_PARSE(app, argc, argv);
    if (options.store.is_preload)
        options.plan.most_requests = options.store.key_count;
    Generator generator(options.plan, make_protocol(options));
    std::printf("%s\n", as_json(options.plan, generator.run()).dump(1).c_str());
    return 0;
}

} // namespace

} // namespace farl::load

int main(int argc, char** argv)
{
    try {
        return farl::load::run(argc, argv);
    } catch (std::exception const& error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
}
