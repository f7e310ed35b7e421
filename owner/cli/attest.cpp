#include "owner/cli/attest.h"

#include "owner/cli/subcommand.h"
#include "owner/launch/user_error.h"
#include "owner/quote/report.h"
#include "owner/quote/text.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl attest verify [OPTIONS] QUOTE

Verifies an SGX quote (DCAP, ECDSA, version 3 or 4): that an enclave runs on a genuine platform, and which one it is.

  --collateral FILE   what Intel publishes about such platforms, in JSON (docs/formats/collateral.md)
  --time TIME         as if it were this time, such as 2025-07-01T00:00:00Z (default: now)
  --tolerate STATUS   accept this TCB status too, such as OutOfDate; may be repeated
  --only-up-to-date   accept no other TCB status than UpToDate and what --tolerate names
  --allow-debug       accept debug enclaves, whose memory their host can read
  --json              print one JSON object

Without --tolerate and --only-up-to-date it accepts UpToDate, SWHardeningNeeded, ConfigurationNeeded and
ConfigurationAndSWHardeningNeeded.

Example:
  farl attest verify --collateral collateral.json quote.bin

Exit status: 0 only if the quote is acceptable; 1 if it is refused; 2 for a wrong option, 127 for a missing file.
)";

struct VerifyOptions {
    std::string quote;
    std::string collateral;
    std::string time;
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
    app.add_option("--collateral", options.collateral)->required();
    app.add_option("--time", options.time);
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

time_t time_of(VerifyOptions const& options)
{
    if (options.time.empty())
        return time(nullptr);
    auto time = time_from_text(options.time);
    if (!time)
        throw UserError(
            kBadUsage, fmt::format("--time {}: expected a time such as 2025-07-01T00:00:00Z", options.time));
    return *time;
}

Verdict verdict_on(VerifyOptions const& options)
{
    auto time = time_of(options);
    auto tolerance = tolerance_from(options);
    auto quote = file_contents(options.quote);
    auto json = file_contents(options.collateral);
    try {
        auto collateral = Collateral::parse(json.reveal());
        return verify_quote(std::as_bytes(quote.readable()), collateral, time, tolerance);
    } catch (Refusal const& refusal) {
        return { .attestation = {}, .refusal = refusal.reason(), .explanation = refusal.what() };
    }
}

int verify(std::span<char const* const> arguments)
{
    auto options = parse_options(arguments);
    auto verdict = verdict_on(options);
    auto text = options.json ? verdict_as_json(verdict) : verdict_as_text(verdict);
    std::fputs(text.c_str(), stdout);
    return verdict.is_acceptable() ? 0 : 1;
}

} // namespace

int attest_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    std::string_view word = arguments.empty() ? "" : arguments[0];
    if (word != "verify")
        throw UserError(kBadUsage, "attest: expected `verify`; try `farl attest --help`");
    return verify(arguments.subspan(1));
}

} // namespace farl::owner
