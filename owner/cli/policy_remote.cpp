#include "owner/cli/policy_remote.h"

#include "owner/cli/cas_connection.h"
#include "owner/cli/console_key.h"
#include "owner/cli/policy_approve.h"
#include "owner/cli/subcommand.h"
#include "owner/keys/key_file.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

using Json = nlohmann::ordered_json;

// As `farl policy approve` prints it.
Json approval_in(std::string const& file)
{
    auto contents = file_contents(file);
    auto json = Json::parse(contents.reveal(), nullptr, false);
    if (!json.is_object())
        throw UserError(kRefused, fmt::format("{}: no approval; `farl policy approve` makes one", file));
    return json;
}

Json approvals_in(std::vector<std::string> const& files)
{
    auto list = Json::array();
    for (auto const& file : files)
        list.push_back(approval_in(file));
    return list;
}

enum class Change { Create, Update };

// Said here already, before anything is sent.
void check_change(std::string const& file, Change change)
{
    auto session = read_session(file);
    if (change == Change::Create && session.predecessor)
        throw UserError(kRefused, fmt::format("{}: names a `predecessor`; `farl policy update` replaces it", file));
    if (change == Change::Update && !session.predecessor)
        throw UserError(kRefused,
            fmt::format(
                "{}: names no `predecessor`; it is the hash that `farl policy show {}` prints", file, session.name));
}

int put(std::span<char const* const> arguments, Change change)
{
    std::string file;
    std::vector<std::string> approvals;
    bool json = false;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_option("FILE", file)->required();
    app.add_option("--approval", approvals)->take_all()->expected(1);
    app.add_flag("--json", json);
    parse_words(app, arguments, change == Change::Create ? "policy create" : "policy update");
    check_change(file, change);

    auto contents = file_contents(file);
    Json request { { "request", "put" }, { "text", contents.reveal() }, { "approvals", approvals_in(approvals) } };
    auto answer = cas.request(request, file);
    auto hash = answer.value("hash", "");
    if (json)
        std::puts(answer.dump().c_str());
    else
        fmt::print(
            "Stored as version {}. Its next version names it as\npredecessor: {}\n", answer.value("version", 0), hash);
    return 0;
}

} // namespace

int policy_create(std::span<char const* const> arguments) { return put(arguments, Change::Create); }
int policy_update(std::span<char const* const> arguments) { return put(arguments, Change::Update); }

int policy_delete(std::span<char const* const> arguments)
{
    std::string name, hash;
    std::vector<std::string> approvals;
    bool json = false;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_option("SESSION", name)->required();
    app.add_option("--hash", hash)->required();
    app.add_option("--approval", approvals)->take_all()->expected(1);
    app.add_flag("--json", json);
    parse_words(app, arguments, "policy delete");
    auto answer = cas.request(
        { { "request", "delete" }, { "session", name }, { "hash", hash }, { "approvals", approvals_in(approvals) } });
    if (json)
        std::puts(answer.dump().c_str());
    else
        fmt::print("Deleted, with all that was made for it. A session of this name would take its place by "
                   "`farl policy update`, and name\npredecessor: {}\n",
            answer.value("mark", ""));
    return 0;
}

int policy_show(std::span<char const* const> arguments)
{
    std::string name;
    bool json = false;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_option("SESSION", name)->required();
    app.add_flag("--json", json);
    parse_words(app, arguments, "policy show");
    auto answer = cas.request({ { "request", "show" }, { "session", name } });
    if (json)
        std::puts(answer.dump().c_str());
    else
        fmt::print("version      {}\nhash         {}\nowner        {}\n{}\n", answer.value("version", 0),
            answer.value("hash", ""), answer.value("owner", ""), answer["session"].dump(2));
    return 0;
}

int policy_console_key(std::span<char const* const> arguments)
{
    std::string service, file;
    CasConnection cas;
    CLI::App app;
    cas.add_options(app);
    app.add_option("SERVICE", service)->required();
    app.add_option("--output", file);
    parse_words(app, arguments, "policy console-key");
    auto text = console_key_text(fetch_console_key(cas, service));
    if (file.empty())
        std::fwrite(text.reveal().data(), 1, text.size(), stdout);
    else if (make_key_file(file, text) == KeyFile::Exists)
        throw UserError(kRefused, fmt::format("{}: is there already; keys are never overwritten", file));
    return 0;
}

} // namespace farl::owner
