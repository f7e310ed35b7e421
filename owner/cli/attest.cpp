#include "owner/cli/attest.h"

#include "owner/cli/attest_collateral.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/emulator_secret.h"
#include "owner/launch/launcher.h"
#include "owner/launch/user_error.h"
#include "owner/quote/collateral_directory.h"
#include "owner/quote/emulated_quote.h"
#include "owner/quote/report.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl attest verify [OPTIONS] QUOTE
       farl attest collateral update --pccs URL [--for QUOTE | --fmspc HEX --ca CA] [OPTIONS]
       farl attest collateral update --file FILE [OPTIONS]
       farl attest collateral list [--json] [OPTIONS]
       farl attest emulator [FILE]

verify: verifies an SGX quote (DCAP, ECDSA, version 3 or 4): that an enclave runs on a genuine platform, and which one
it is. Quotes of emulators are told as what they are.

  --collateral FILE   what Intel publishes about such platforms, in JSON (docs/formats/collateral.md);
                      default: what `farl attest collateral update` put into the cache
  --time TIME         as if it were this time, such as 2025-07-01T00:00:00Z (default: now)
  --tolerate STATUS   accept this TCB status too, such as OutOfDate; may be repeated
  --only-up-to-date   accept no other TCB status than UpToDate and what --tolerate names
  --allow-debug       accept debug enclaves, whose memory their host can read
  --emulator-root HASH  accept quotes of the emulator with this root; they prove nothing of secrecy. May be repeated
  --json              print one JSON object

Without --tolerate and --only-up-to-date it accepts UpToDate, SWHardeningNeeded, ConfigurationNeeded and
ConfigurationAndSWHardeningNeeded.

collateral update: gets collateral, verifies it up to Intel's root and keeps it in the cache, unless something newer is there.

  --pccs URL          from this server: a PCCS, or https://api.trustedservices.intel.com; http:// for localhost only
  --for QUOTE         for the platforms that this quote is from
  --fmspc HEX, --ca CA   for the platforms with this FMSPC and certificates of this CA, `processor` or `platform`;
                      without --for and --fmspc: for those that the cache has already
  --file FILE         from a file
  --tls-ca FILE       who may vouch for the server, certificates in PEM (default: who the system trusts)
  --timeout SECONDS   for each answer of the server (default: 30)

collateral list: what the cache has, and whether it is valid. Both take --time, and

  --cache DIR         the cache (default: $XDG_CACHE_HOME/farl/collateral, ~/.cache/farl/collateral); `farl cas serve`
                      takes it as --collateral

emulator: prints the root that quotes of this machine's emulator are known by, the emulator with the secret in FILE
(default: ~/.local/share/farl/emulator-secret). Session files name it in `emulated`.

Examples:
  farl attest collateral update --pccs https://pccs.example:8081 --for quote.bin
  farl attest verify quote.bin
  farl attest verify --collateral collateral.json quote.bin
  farl attest verify --emulator-root $(farl attest emulator) quote.bin

Exit status: 0 only if the quote is acceptable; 1 if it is refused; 2 for a wrong option, 127 for a missing file.
)";

struct VerifyOptions {
    std::string quote;
    std::string collateral;
    std::string time;
    std::vector<std::string> emulator_roots;
    std::vector<std::string> tolerated;
    bool only_up_to_date { false };
    bool allow_debug { false };
    bool json { false };
};

VerifyOptions parse_options(std::span<char const* const> arguments)
{
    VerifyOptions options;
    CLI::App app;
    app.add_option("QUOTE", options.quote)->required();
    app.add_option("--collateral", options.collateral);
    app.add_option("--time", options.time);
    app.add_option("--emulator-root", options.emulator_roots)->take_all()->expected(1);
    app.add_option("--tolerate", options.tolerated)->take_all()->expected(1);
    app.add_flag("--only-up-to-date", options.only_up_to_date);
    app.add_flag("--allow-debug", options.allow_debug);
    app.add_flag("--json", options.json);
    parse_words(app, arguments, "attest verify");
    return options;
}

Tolerance tolerance_from(VerifyOptions const& options)
{
    Tolerance tolerance { .debug_enclaves = options.allow_debug };
    if (options.only_up_to_date)
        tolerance.tcb = { TcbStatus::UpToDate };
    for (auto const& name : options.tolerated) {
        auto status = tcb_status_from(name);
        if (!status)
            throw UserError(kBadUsage, fmt::format("--tolerate {}: no such TCB status; OutOfDate is one", name));
        tolerance.tcb.insert(*status);
    }
    return tolerance;
}

std::set<sgx::Hash> emulator_roots_from(VerifyOptions const& options)
{
    std::set<sgx::Hash> roots;
    for (auto const& text : options.emulator_roots) {
        auto bytes = bytes_from_hex(text);
        sgx::Hash root;
        if (!bytes || bytes->size() != root.size())
            throw UserError(kBadUsage, fmt::format("--emulator-root {}: expected 64 hexadecimal digits", text));
        std::ranges::copy(*bytes, root.begin());
        roots.insert(root);
    }
    return roots;
}

bool is_of_emulator(Bytes quote)
{
    try {
        return is_emulated(parse_quote(quote));
    } catch (Refusal const&) {
        return false; // told by who verifies it
    }
}

Verdict refused(Refusal const& refusal)
{
    return { .attestation = {}, .emulated = {}, .refusal = refusal.reason(), .explanation = refusal.what() };
}

Verdict verdict_by_file(Bytes quote, VerifyOptions const& options, time_t now, Tolerance const& tolerance)
{
    auto json = file_contents(options.collateral);
    try {
        return verify_quote(quote, Collateral::parse(json.reveal()), now, tolerance);
    } catch (Refusal const& refusal) {
        return refused(refusal);
    }
}

Verdict verdict_by_cache(Bytes quote, time_t now, Tolerance const& tolerance)
{
    try {
        auto family = claimed_family(parse_quote(quote));
        auto collateral = CollateralDirectory(CollateralDirectory::path_of_user()).load(family);
        auto verdict = verify_quote(quote, collateral, now, tolerance);
        if (verdict.refusal && now > collateral.valid_until())
            verdict.explanation += ", with " + update_command(family);
        return verdict;
    } catch (Refusal const& refusal) {
        return refused(refusal);
    }
}

Verdict verdict_on(VerifyOptions const& options)
{
    auto time = time_from_option(options.time);
    auto tolerance = tolerance_from(options);
    auto roots = emulator_roots_from(options);
    auto quote = file_contents(options.quote);
    auto bytes = std::as_bytes(quote.readable());
    if (is_of_emulator(bytes))
        return verify_emulated_quote(bytes, roots, tolerance.debug_enclaves);
    return options.collateral.empty() ? verdict_by_cache(bytes, time, tolerance)
                                      : verdict_by_file(bytes, options, time, tolerance);
}

int verify(std::span<char const* const> arguments)
{
    auto options = parse_options(arguments);
    auto verdict = verdict_on(options);
    auto text = options.json ? verdict_as_json(verdict) : verdict_as_text(verdict);
    std::fputs(text.c_str(), stdout);
    return verdict.is_acceptable() ? 0 : 1;
}

int print_emulator_root(std::span<char const* const> arguments)
{
    std::string secret;
    CLI::App app;
    app.add_option("FILE", secret);
    parse_words(app, arguments, "attest emulator");
    if (secret.empty())
        secret = emulator_secret_of_user();
    if (secret.empty())
        throw UserError(kNotFound, "attest emulator: this user has no home, so each emulator has a root of its own");
    exec_print_root(Installation::find(), secret);
}

constexpr Subcommand kCommands[] { { "verify", verify }, { "collateral", attest_collateral },
    { "emulator", print_emulator_root } };

} // namespace

int attest_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    return run_one_of("attest", kCommands, arguments);
}

} // namespace farl::owner
