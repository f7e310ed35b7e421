#include "owner/cli/cas_audit.h"

#include "owner/cas/store.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

// The store in a directory that is there already; nothing is made by looking at it.
Store existing_store(std::span<char const* const> arguments, char const* command)
{
    std::string state, master_key;
    CLI::App app;
    app.add_option("--state", state)->required();
    app.add_option("--master-key", master_key);
    parse_words(app, arguments, command);
    if (master_key.empty())
        master_key = state + "/master.key";
    auto database = state + "/cas.db";
    for (auto const& file : { database, master_key }) {
        if (access(file.c_str(), R_OK | W_OK))
            throw UserError(
                kNotFound, fmt::format("{}: {}; is {} the state of a CAS?", file, std::strerror(errno), state));
    }
    try {
        return { database, MasterKey::load_or_create(master_key) };
    } catch (DatabaseError const& error) {
        throw UserError(kRefused, error.what());
    }
}

struct VerifyOptions {
    std::string file, key, earlier;
    bool json { false };
};

VerifyOptions parse_verify(std::span<char const* const> arguments)
{
    VerifyOptions options;
    CLI::App app;
    app.add_option("FILE", options.file)->required();
    app.add_option("--key", options.key);
    app.add_option("--extends", options.earlier);
    app.add_flag("--json", options.json);
    parse_words(app, arguments, "cas audit verify");
    return options;
}

AuditSummary verified(VerifyOptions const& options, std::string_view log)
{
    auto summary = verify_audit(log);
    if (!options.key.empty() && to_hex(summary.key) != options.key)
        throw AuditDefect(1, fmt::format("signed by another key, {}", to_hex(summary.key)));
    if (options.earlier.empty())
        return summary;
    auto earlier = file_contents(options.earlier);
    try {
        verify_audit(earlier.reveal());
    } catch (AuditDefect const& defect) {
        throw UserError(kRefused, fmt::format("{}:{}: {}", options.earlier, defect.line(), defect.what()));
    }
    verify_extends(log, earlier.reveal());
    return summary;
}

void print_json(nlohmann::ordered_json const& json) { std::puts(json.dump().c_str()); }

void print(VerifyOptions const& options, AuditSummary const& summary)
{
    auto key = to_hex(summary.key);
    if (options.json)
        return print_json({ { "valid", true }, { "entries", summary.entries }, { "key", key },
            { "from", summary.first_time }, { "to", summary.end_time } });
    fmt::print(
        "{} is an audit log, unchanged and complete.\n  entries   {}\n  from      {}\n  to        {}\n  key       {}\n",
        options.file, summary.entries, summary.first_time, summary.end_time, key);
    if (options.key.empty())
        fmt::print("Whether the key is the CAS's is for you to know: compare it, or give it with --key.\n");
}

} // namespace

int cas_audit_export(std::span<char const* const> arguments)
{
    auto store = existing_store(arguments, "cas audit export");
    store.export_audit([](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stdout); });
    if (std::fflush(stdout) || std::ferror(stdout))
        throw UserError(kFarlFailed, fmt::format("cannot write: {}", std::strerror(errno)));
    return 0;
}

int cas_audit_key(std::span<char const* const> arguments)
{
    std::puts(to_hex(existing_store(arguments, "cas audit key").audit().key()).c_str());
    return 0;
}

int cas_audit_verify(std::span<char const* const> arguments)
{
    auto options = parse_verify(arguments);
    auto log = file_contents(options.file);
    try {
        print(options, verified(options, log.reveal()));
        return 0;
    } catch (AuditDefect const& defect) {
        if (!options.json)
            throw UserError(kRefused, fmt::format("{}:{}: {}", options.file, defect.line(), defect.what()));
        print_json({ { "valid", false }, { "line", defect.line() }, { "message", defect.what() } });
        return kRefused;
    }
}

} // namespace farl::owner
