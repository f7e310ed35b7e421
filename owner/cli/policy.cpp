#include "owner/cli/policy.h"

#include "owner/cli/policy_approve.h"
#include "owner/cli/policy_remote.h"
#include "owner/cli/policy_volumes.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/launch/user_error.h"
#include "owner/policy/session_json.h"
#include "owner/policy/session_reader.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <ranges>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl policy check [--json] FILE
       farl policy key [--new] KEY
       farl policy approve --key KEY [--deletion] FILE
       farl policy create [--approval APPROVAL]... FILE
       farl policy update [--approval APPROVAL]... FILE
       farl policy delete --hash HASH [--approval APPROVAL]... SESSION
       farl policy show SESSION
       farl policy console-key [--output FILE] SESSION/SERVICE
       farl policy volumes [--break NAME | --accept-older NAME] SESSION

Session files: which programs may run in enclaves, what they have to show, and the secrets, files and rules that they get then.
docs/formats/session.md describes the file.

  check     says whether FILE is a session, and what it says
              --json   one JSON object: the session with all defaults, without the values of its secrets
  key       prints the public key of KEY, a file in PEM, as `approvals` of a session name it
              --new    make KEY first; it is never overwritten
  approve   prints one signer's approval of FILE, as a JSON object
              --deletion   approve that the session that FILE is gets deleted
  create    stores the new session FILE at a CAS
  update    replaces the session that FILE names as its predecessor
              --approval APPROVAL   a file that `approve` printed; as many as the session to be replaced asks for
  delete    removes a session from a CAS, with the secrets that were made for it; what runs goes on
              --hash HASH   of the session, as `show` prints it
              --approval APPROVAL   as for update, by `approve --deletion`
  show      prints a session of a CAS, without the values of its secrets
  console-key   prints what the shielded console of a service of your session is read with, by `farl logs`
              --output FILE   write it to FILE instead, which only you may read
  volumes   lists the volumes of your session: the newest state of each that the CAS knows, and whether an enclave has it
              --break NAME   take the volume from the enclave that has it: be sure that this one has ended, because two
                             at once would spoil what is stored. What it still writes is refused
              --accept-older NAME   let the next start use any state of the volume: after you have restored an older copy

create, update, delete, show, console-key and volumes need to know:
  --cas HOST:PORT    the CAS (or the variable FARL_CAS)
  --cas-key KEY      the key that it has to show, as `farl cas serve` printed it (FARL_CAS_KEY)
  --key FILE         your key, one of the owners that the CAS knows (FARL_KEY)
  --json             print one JSON object

The hash of a session is what its next version names as `predecessor`. Who knows all of a file but a weak secret can guess
that from the hash: give it to those who may see the file only.

Examples:
  farl policy check shop.yaml
  farl policy check --json shop.yaml | jq .session.services
  farl policy key --new alice.pem
  farl policy approve --key alice.pem shop.yaml > alice.approval
  farl policy create --cas 127.0.0.1:7700 --cas-key $CAS_KEY --key alice.pem shop.yaml

Exit status: 0 only if all is well; 1 if the file is no session or the CAS refuses; 2 for a wrong option, 126 for a bad key,
127 for a missing file.
)";

using Json = nlohmann::ordered_json;

struct CheckOptions {
    std::string file;
    bool json { false };
};

CheckOptions parse_check(std::span<char const* const> arguments)
{
    CheckOptions options;
    CLI::App app;
    app.add_option("FILE", options.file)->required();
    app.add_flag("--json", options.json);
    parse_words(app, arguments, "policy check");
    return options;
}

std::string names_of(auto const& map)
{
    return map.empty() ? "none" : fmt::format("{}", fmt::join(map | std::views::keys, ", "));
}

std::string approvals_text(Approvals const& approvals)
{
    if (!approvals.needed)
        return "none needed: its owner alone may change it";
    return fmt::format("{} of {} ({})", approvals.needed, approvals.keys.size(), names_of(approvals.keys));
}

std::string as_text(Session const& session, std::string const& file)
{
    auto text = fmt::format("{} is a session.\n", file);
    auto line = [&](char const* name, std::string const& value) { text += fmt::format("  {:<13}{}\n", name, value); };
    line("name", session.name);
    line("hash", to_hex(session_hash(session)));
    line("predecessor", session.predecessor ? to_hex(*session.predecessor) : "none: it is a new session");
    line("approvals", approvals_text(session.approvals));
    line("secrets", names_of(session.secrets));
    line("services", names_of(session.services));
    for (auto const& [name, service] : session.services) {
        if (service.attestation.emulated.any || !service.attestation.emulated.roots.empty())
            line("warning", fmt::format("service {} may run in an emulator, which protects nothing", name));
        if (service.attestation.allows_debug)
            line("warning", fmt::format("service {} may be a debug enclave, whose host reads its memory", name));
    }
    return text;
}

void print_json(Json const& json) { std::fputs((json.dump() + "\n").c_str(), stdout); }

int check(std::span<char const* const> arguments)
{
    auto options = parse_check(arguments);
    auto contents = file_contents(options.file);
    try {
        auto session = parse_session(contents.reveal());
        if (options.json)
            print_json(
                { { "valid", true }, { "hash", to_hex(session_hash(session)) }, { "session", outline_of(session) } });
        else
            std::fputs(as_text(session, options.file).c_str(), stdout);
        return 0;
    } catch (PolicyError const& error) {
        auto [line, column] = error.position();
        if (!options.json)
            throw UserError(kRefused, fmt::format("{}:{}:{}: {}", options.file, line, column, error.what()));
        print_json({ { "valid", false }, { "line", line }, { "column", column }, { "message", error.what() } });
        return kRefused;
    }
}

constexpr Subcommand kCommands[] { { "check", check }, { "key", policy_key }, { "approve", policy_approve },
    { "create", policy_create }, { "update", policy_update }, { "delete", policy_delete }, { "show", policy_show },
    { "console-key", policy_console_key }, { "volumes", policy_volumes } };

} // namespace

int policy_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    return run_one_of("policy", kCommands, arguments);
}

} // namespace farl::owner
