#include "owner/cli/cas_serve.h"

#include "owner/cas/enclave_connection.h"
#include "owner/cas/message.h"
#include "owner/cas/owner_connections.h"
#include "owner/cas/server.h"
#include "owner/cas/state_batches.h"
#include "owner/cli/cas_connection.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/launch/endpoint.h"
#include "owner/launch/user_error.h"
#include "owner/quote/refusal.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <thread>

namespace farl::owner {

namespace {

struct ServeOptions {
    std::string state, master_key;
    std::string endpoint { "127.0.0.1:7700" };
    std::string enclave_endpoint; // empty: none
    std::string collateral { CollateralDirectory::path_of_user() };
    double enclave_rate { 20 }; // from one address, for one session, in a second
    AdmissionTimes times;
    std::vector<std::string> owners;
};

ServeOptions parse_serve(std::span<char const* const> arguments)
{
    ServeOptions options;
    int64_t lease = options.times.lease.count(), ticket_keys = options.times.ticket_keys.count();
    CLI::App app;
    app.add_option("--state", options.state)->required();
    app.add_option("--master-key", options.master_key);
    app.add_option("--listen", options.endpoint);
    app.add_option("--enclaves", options.enclave_endpoint);
    app.add_option("--collateral", options.collateral);
    app.add_option("--rate", options.enclave_rate)->check(CLI::PositiveNumber);
    app.add_option("--lease", lease)->check(CLI::Range(3, 3600));
    app.add_option("--ticket-keys", ticket_keys)->check(CLI::Range(1, 7 * 24 * 3600));
    app.add_option("--owner", options.owners)->required()->take_all()->expected(1);
    parse_words(app, arguments, "cas serve");
    options.times = { std::chrono::seconds(lease), std::chrono::seconds(ticket_keys) };
    if (options.master_key.empty())
        options.master_key = options.state + "/master.key";
    return options;
}

Store open_store(ServeOptions const& options)
{
    if (mkdir(options.state.c_str(), 0700) && errno != EEXIST)
        throw UserError(kNotFound, fmt::format("{}: {}", options.state, std::strerror(errno)));
    try {
        return { options.state + "/cas.db", MasterKey::load_or_create(options.master_key) };
    } catch (DatabaseError const& error) {
        throw UserError(kFarlFailed, error.what());
    }
}

// Readable once the process is asked to end. Blocked before the first thread is there, for all of them.
FileDescriptor end_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC));
}

class OwnerEndpoint {
public:
    OwnerEndpoint(std::set<Ed25519Point> const& owners, Ed25519Key const& key, Store& store, std::mutex& answering)
        : context_(TlsContext::Side::Server, key, kOwnerProtocol,
            [owners](Ed25519Point const& point) { return owners.contains(point); }),
          service_(store),
          connections_(context_, service_, answering)
    {
    }

    void serve(FileDescriptor listener, int stop)
    {
        server_.emplace(std::move(listener),
            ServerLimits { .most_connections = 64, .connections = { .burst = 100, .per_second = 20 } },
            [this](FileDescriptor socket, std::string const&) { connections_.serve(std::move(socket)); });
        server_->run(stop);
    }

private:
    TlsContext context_;
    OwnerService service_;
    OwnerConnections connections_;
    std::optional<Server> server_;
};

class EnclaveEndpoint {
public:
    EnclaveEndpoint(ServeOptions const& options, Ed25519Key const& key, Store& store, std::mutex& answering)
        : rate_ { .burst = kBurstSeconds * options.enclave_rate, .per_second = options.enclave_rate },
          collateral_(options.collateral),
          admission_(store, rate_, options.times),
          states_(answering, [this](std::span<ToldState const> told) { return admission_.keep_all(told); }),
          context_(TlsContext::Side::Server, key, kEnclaveProtocol, TlsContext::AnyCertificate()),
          service_(
              collateral_,
              [this, &answering](AdmissionRequest const& request) {
                  std::lock_guard one_at_a_time(answering);
                  return admission_.decide(request, std::chrono::steady_clock::now());
              },
              [this](ToldState const& told) { return states_.keep(told); })
    {
    }

    void serve(FileDescriptor listener, int stop)
    {
        // Several sessions may be started from one address.
        RateLimit connections { .burst = 4 * rate_.burst, .per_second = 4 * rate_.per_second };
        server_.emplace(std::move(listener),
            ServerLimits { .most_connections = kMostEnclaves, .connections = connections },
            [this](FileDescriptor socket, std::string const& peer) {
                serve_enclave(context_, service_, std::move(socket), peer);
            });
        server_->run(stop);
    }

private:
    static constexpr double kBurstSeconds = 5;
    static constexpr size_t kMostEnclaves = 1024; // those with volumes stay connected

    RateLimit rate_;
    CollateralCache collateral_;
    Admission admission_;
    StateBatches states_;
    TlsContext context_;
    EnclaveService service_;
    std::optional<Server> server_;
};

bool has_valid_collateral(CollateralDirectory const& directory)
{
    return std::ranges::any_of(directory.files(), [](auto const& file) {
        try {
            return time(nullptr) <= CollateralDirectory::read(file).valid_until();
        } catch (Refusal const&) {
            return false;
        }
    });
}

// Not an error: enclaves of emulators need none, and what comes later is used.
void tell_missing_collateral(std::string const& directory)
{
    if (!has_valid_collateral(CollateralDirectory(directory)))
        fmt::print(stderr,
            "farl-cas: no valid collateral in {}: quotes of hardware are refused until `farl attest collateral update` "
            "puts "
            "it "
            "there\n",
            directory.empty() ? "any directory (see --collateral)" : directory);
}

} // namespace

int cas_serve(std::span<char const* const> arguments)
{
    auto options = parse_serve(arguments);
    std::set<Ed25519Point> owners;
    for (auto const& owner : options.owners)
        owners.insert(point_from(owner, "--owner"));
    auto stop = end_signals();
    auto store = open_store(options);
    auto key = store.server_key();
    std::mutex answering; // of the store
    OwnerEndpoint owner_endpoint(owners, key, store, answering);
    EnclaveEndpoint enclave_endpoint(options, key, store, answering);
    auto listener = listen_at(options.endpoint);
    auto enclave_listener = options.enclave_endpoint.empty() ? FileDescriptor() : listen_at(options.enclave_endpoint);
    fmt::print("farl-cas: serves owners at {}, with key {}\n", local_endpoint(listener.get()), to_hex(key.point()));
    if (enclave_listener)
        fmt::print("farl-cas: serves enclaves at {}\n", local_endpoint(enclave_listener.get()));
    if (enclave_listener)
        tell_missing_collateral(options.collateral);
    std::fflush(stdout);
    std::optional<std::thread> enclaves;
    if (enclave_listener)
        enclaves.emplace([&] { enclave_endpoint.serve(std::move(enclave_listener), stop.get()); });
    owner_endpoint.serve(std::move(listener), stop.get());
    answering.lock(); // for ever: no request is being answered now, and none will be
    // Connections are still there, with all they use. What was acknowledged is on the disk.
    std::fflush(nullptr);
    _exit(0);
}

int cas_status(std::span<char const* const> arguments)
{
    bool json = false;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_flag("--json", json);
    parse_words(app, arguments, "cas status");
    auto answer = cas.request({ { "request", "status" } });
    if (json)
        std::puts(answer.dump().c_str());
    else
        fmt::print("sessions     {}\naudit key    {}\n", answer.value("sessions", 0), answer.value("audit_key", ""));
    return 0;
}

} // namespace farl::owner
