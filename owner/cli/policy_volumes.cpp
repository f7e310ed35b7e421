#include "owner/cli/policy_volumes.h"

#include "owner/cli/cas_connection.h"
#include "owner/cli/subcommand.h"
#include "owner/quote/text.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

std::string line_of(std::string const& name, Json const& volume)
{
    auto const sequence = volume.value("sequence", uint64_t { 0 });
    auto const state = sequence ? fmt::format("commit {}", sequence) : "no state";
    auto const until = volume.value("held_until", int64_t { 0 });
    auto const holder = until ? fmt::format("an enclave's until {}", time_as_text(until)) : "nobody's";
    return fmt::format("{:<20} {:<20} {}\n", name, state, holder);
}

} // namespace

int policy_volumes(std::span<char const* const> arguments)
{
    std::string session, broken, forgotten;
    bool json = false;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_option("SESSION", session)->required();
    auto* breaks = app.add_option("--break", broken);
    app.add_option("--accept-older", forgotten)->excludes(breaks);
    app.add_flag("--json", json);
    parse_words(app, arguments, "policy volumes");
    if (!broken.empty())
        cas.request({ { "request", "volume-break" }, { "session", session }, { "volume", broken } });
    if (!forgotten.empty())
        cas.request({ { "request", "volume-forget" }, { "session", session }, { "volume", forgotten } });
    auto const answer = cas.request({ { "request", "volumes" }, { "session", session } });
    if (json)
        std::puts(answer.dump().c_str());
    else
        for (auto const& [name, volume] : answer["volumes"].items())
            std::fputs(line_of(name, volume).c_str(), stdout);
    return 0;
}

} // namespace farl::owner
