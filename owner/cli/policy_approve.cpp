#include "owner/cli/policy_approve.h"

#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/keys/ed25519_key.h"
#include "owner/launch/user_error.h"
#include "owner/policy/approval.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

Session read_session(std::string const& file)
{
    auto contents = file_contents(file);
    try {
        return parse_session(contents.reveal());
    } catch (PolicyError const& error) {
        auto [line, column] = error.position();
        throw UserError(kRefused, fmt::format("{}:{}:{}: {}", file, line, column, error.what()));
    }
}

int policy_key(std::span<char const* const> arguments)
{
    std::string file;
    bool is_new = false;
    CLI::App app;
    app.add_option("FILE", file)->required();
    app.add_flag("--new", is_new);
    parse_words(app, arguments, "policy key");
    if (is_new)
        Ed25519Key::generate().save(file);
    std::puts(to_hex(Ed25519Key::load(file).point()).c_str());
    return 0;
}

int policy_approve(std::span<char const* const> arguments)
{
    std::string key_file, file;
    CLI::App app;
    app.add_option("--key", key_file)->required();
    app.add_option("FILE", file)->required();
    bool deletes = false;
    app.add_flag("--deletion", deletes);
    parse_words(app, arguments, "policy approve");
    auto key = Ed25519Key::load(key_file);
    auto session = read_session(file);
    auto hash = session_hash(session);
    auto approval = approve(key, deletes ? removal_hash(session.name, hash) : hash);
    nlohmann::ordered_json json { { "session", to_hex(hash) }, { "key", to_hex(approval.key) },
        { "signature", to_hex(approval.signature) } };
    std::puts(json.dump().c_str());
    return 0;
}

} // namespace farl::owner
