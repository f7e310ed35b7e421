#include "owner/cli/attest_collateral.h"

#include "owner/cli/subcommand.h"
#include "owner/launch/user_error.h"
#include "owner/pccs/http_get.h"
#include "owner/pccs/pccs.h"
#include "owner/quote/collateral_directory.h"
#include "owner/quote/text.h"
#include "owner/quote/verifier.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace farl::owner {

namespace {

constexpr size_t kFmspcSize = 6;

struct UpdateOptions {
    std::string pccs, certificates, fmspc, authority, quote, file, cache, time;
    long timeout_seconds { 30 };
};

UpdateOptions parse_update(std::span<char const* const> arguments)
{
    UpdateOptions options;
    CLI::App app;
    auto* pccs = app.add_option("--pccs", options.pccs);
    auto* fmspc = app.add_option("--fmspc", options.fmspc)->needs(pccs);
    auto* authority = app.add_option("--ca", options.authority)->needs(fmspc);
    fmspc->needs(authority);
    app.add_option("--for", options.quote)->needs(pccs)->excludes(fmspc);
    app.add_option("--file", options.file)->excludes(pccs);
    app.add_option("--tls-ca", options.certificates)->needs(pccs)->check(CLI::ExistingFile);
    app.add_option("--timeout", options.timeout_seconds)->check(CLI::Range(1, 3600));
    app.add_option("--cache", options.cache);
    app.add_option("--time", options.time);
    parse_words(app, arguments, "attest collateral update");
    if (options.pccs.empty() && options.file.empty())
        throw UserError(kBadUsage, "attest collateral update: name a server with --pccs or a file with --file");
    return options;
}

CollateralDirectory directory_from(std::string const& option)
{
    auto path = option.empty() ? CollateralDirectory::path_of_user() : option;
    if (path.empty())
        throw UserError(kNotFound, "attest collateral: this user has no home; name a directory with --cache");
    return CollateralDirectory(path);
}

std::vector<PlatformFamily> families_in(CollateralDirectory const& directory)
{
    std::vector<PlatformFamily> families;
    for (auto const& file : directory.files()) {
        try {
            families.push_back(CollateralDirectory::read(file).family());
        } catch (Refusal const& refusal) {
            fmt::print(stderr, "farl: {}: {}\n", file.string(), refusal.what());
        }
    }
    if (families.empty())
        throw UserError(kBadUsage,
            "attest collateral update: nothing is kept yet that could be renewed; say which platforms, with --for "
            "QUOTE "
            "or --fmspc and --ca");
    return families;
}

PlatformFamily family_from(UpdateOptions const& options)
{
    auto fmspc = bytes_from_hex(options.fmspc);
    if (!fmspc || fmspc->size() != kFmspcSize)
        throw UserError(kBadUsage, fmt::format("--fmspc {}: expected 12 hexadecimal digits", options.fmspc));
    auto authority = pck_authority_from(options.authority);
    if (!authority)
        throw UserError(kBadUsage, fmt::format("--ca {}: expected `processor` or `platform`", options.authority));
    return { *fmspc, *authority };
}

std::vector<PlatformFamily> families_from(UpdateOptions const& options, CollateralDirectory const& directory)
{
    if (!options.fmspc.empty())
        return { family_from(options) };
    if (options.quote.empty())
        return families_in(directory);
    auto quote = file_contents(options.quote);
    return { claimed_family(parse_quote(std::as_bytes(quote.readable()))) };
}

bool keep(CollateralDirectory const& directory, std::string const& json, std::string const& source, time_t now)
{
    try {
        auto kept = directory.keep(json, now);
        fmt::print("{}: TCB evaluation number {}, valid until {}\n", file_stem(kept.family()),
            kept.tcb_info().evaluation_number, time_as_text(kept.valid_until()));
        return true;
    } catch (Refusal const& refusal) {
        fmt::print(
            stderr, "farl: collateral of {} is refused ({}): {}\n", source, name_of(refusal.reason()), refusal.what());
        return false;
    }
}

bool update_from_pccs(UpdateOptions const& options, CollateralDirectory const& directory, time_t now)
{
    try {
        Pccs pccs(options.pccs, options.certificates, options.timeout_seconds);
        bool is_all_kept = true;
        for (auto const& family : families_from(options, directory))
            is_all_kept &= keep(directory, pccs.collateral_for(family), options.pccs, now);
        return is_all_kept;
    } catch (HttpFailure const& failure) {
        throw UserError(kRefused, failure.what());
    } catch (Refusal const& refusal) {
        throw UserError(kRefused, fmt::format("{}: {}", options.quote, refusal.what()));
    }
}

int update(std::span<char const* const> arguments)
{
    auto options = parse_update(arguments);
    auto now = time_from_option(options.time);
    auto directory = directory_from(options.cache);
    if (options.file.empty())
        return update_from_pccs(options, directory, now) ? 0 : kRefused;
    auto json = file_contents(options.file);
    if (json.size() > kLargestCollateral)
        throw UserError(kRefused, fmt::format("{}: too large for collateral", options.file));
    return keep(directory, std::string(json.reveal()), options.file, now) ? 0 : kRefused;
}

nlohmann::ordered_json entry_of(std::filesystem::path const& file, time_t now)
{
    nlohmann::ordered_json entry { { "file", file.string() } };
    try {
        auto collateral = CollateralDirectory::read(file);
        entry["fmspc"] = to_hex(collateral.family().fmspc);
        entry["ca"] = name_of(collateral.family().authority);
        entry["tcb_evaluation_number"] = collateral.tcb_info().evaluation_number;
        entry["issued"] = time_as_text(collateral.tcb_info().issued);
        entry["valid_until"] = time_as_text(collateral.valid_until());
        collateral.verify({ intel_root() }, now);
        entry["status"] = "valid";
    } catch (Refusal const& refusal) {
        entry["status"] = name_of(refusal.reason());
        entry["explanation"] = refusal.what();
    }
    return entry;
}

int list(std::span<char const* const> arguments)
{
    std::string cache, time;
    bool is_json = false;
    CLI::App app;
    app.add_option("--cache", cache);
    app.add_option("--time", time);
    app.add_flag("--json", is_json);
    parse_words(app, arguments, "attest collateral list");
    auto now = time_from_option(time);
    auto entries = nlohmann::ordered_json::array();
    for (auto const& file : directory_from(cache).files())
        entries.push_back(entry_of(file, now));
    if (is_json)
        fmt::print("{}\n", entries.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    for (auto const& entry : entries) {
        if (is_json)
            break;
        fmt::print("{}\n  status {}{}\n", entry.value("file", ""), entry.value("status", ""),
            entry.contains("explanation") ? ": " + entry.value("explanation", "") : "");
        if (entry.contains("valid_until"))
            fmt::print("  FMSPC {}, CA {}, TCB evaluation number {}, valid until {}\n", entry.value("fmspc", ""),
                entry.value("ca", ""), entry.value("tcb_evaluation_number", uint64_t { 0 }),
                entry.value("valid_until", ""));
    }
    return 0;
}

constexpr Subcommand kCommands[] { { "update", update }, { "list", list } };

} // namespace

time_t time_from_option(std::string const& text)
{
    if (text.empty())
        return time(nullptr);
    auto time = time_from_text(text);
    if (!time)
        throw UserError(kBadUsage, fmt::format("--time {}: expected a time such as 2025-07-01T00:00:00Z", text));
    return *time;
}

int attest_collateral(std::span<char const* const> arguments)
{
    return run_one_of("attest collateral", kCommands, arguments);
}

} // namespace farl::owner
