#include "owner/cli/cas_serve.h"

#include "owner/cas/endpoint.h"
#include "owner/cas/message.h"
#include "owner/cas/server.h"
#include "owner/cli/cas_connection.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <sys/signalfd.h>
#include <sys/stat.h>

namespace farl::owner {

namespace {

struct ServeOptions {
    std::string state, master_key;
    std::string endpoint { "127.0.0.1:7700" };
    std::vector<std::string> owners;
};

ServeOptions parse_serve(std::span<char const* const> arguments)
{
    ServeOptions options;
    CLI::App app;
    app.add_option("--state", options.state)->required();
    app.add_option("--master-key", options.master_key);
    app.add_option("--listen", options.endpoint);
    app.add_option("--owner", options.owners)->required()->take_all()->expected(1);
    parse_words(app, arguments, "cas serve");
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
    TlsContext context(TlsContext::Side::Server, key, kOwnerProtocol,
        [&](Ed25519Point const& point) { return owners.contains(point); });
    OwnerService service(store);
    auto listener = listen_at(options.endpoint);
    fmt::print("farl-cas: serves owners at {}, with key {}\n", local_endpoint(listener.get()), to_hex(key.point()));
    std::fflush(stdout);
    Server server(std::move(listener), context, service);
    server.run(stop.get());
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
