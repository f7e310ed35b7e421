#include "owner/cli/run_options.h"

#include "abi/sgx/layout.h"
#include "base/checked.h"
#include "owner/cli/completion.h"
#include "owner/cli/volume_options.h"
#include "owner/digest/hexadecimal.h"
#include "owner/launch/size_text.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl run [OPTIONS] [--] PROGRAM [ARG...]
       farl run [OPTIONS] IMAGE [ARG...]
       farl run --cas HOST:PORT --session SESSION/SERVICE [OPTIONS] [PROGRAM]

Runs a program of this machine, unmodified, inside an enclave. The enclave shows a configuration and attestation service
(CAS) what it is, and learns from it what to run: with --session what the session says; without, a CAS of this start's own
says what stands here.

Who says what runs:
  --cas HOST:PORT        the CAS, at its endpoint for enclaves
  --session NAME         SESSION/SERVICE: program, arguments, environment, directory, files and secrets come from there;
                         PROGRAM only tells which system calls to prepare for
  --cas-key KEY          the key that the CAS has to show (default: any; it learns nothing and says what runs)
  --attest none          no CAS: run what stands here, unproved; for debugging

IMAGE is an OCI layout, an OCI archive or what `docker save` writes. It is unpacked into ~/.cache/farl/images, without a container
engine and as any user, and starts as it says; ARG... take the place of its command.

What the program sees:
  --rootfs DIR           directory that the program sees as / (default: /)
  --cwd DIR              working directory (default: the current one; / with another root)
  -e, --env NAME=VALUE   set a variable; may be repeated
  -e, --env NAME         pass a variable on, after --clear-env
  --clear-env            start from no variables instead of this shell's
  -v, --volume FILE:PATH[:HOW]   a directory that outlives the program, encrypted in FILE, which is made if it is not there.
                         An older copy of FILE is refused. HOW: strict, lazy or none (docs/formats/session.md)
  -v, --volume NAME=FILE with --session: where this machine keeps the session's volume NAME
  -v, --volume DIR       with --session: directory with NAME.volume for all of its others
  --accept-older         without --session: take any copies of the volumes for the newest ones, this once
  --heap SIZE            the most memory the program may use, such as 512M (default: 4G, smallest: 16M)
  --ephemeral SIZE       files in enclave memory that stay there; beyond, their contents lie outside, encrypted
                         (default: 1G)
  --cache SIZE           verified blocks of a protected image and of volumes to keep in the enclave (default: 64M)

How Farl runs it:
  --platform NAME        auto, sgx or emulator (default: auto, which is the emulator in this version; sgx has not run
                         on hardware)
  --carriers N           OS threads that compute at a time (default: one for each CPU,
                         fewer while workers use some for system calls)
  --hostcalls HOW        sync, async or auto: leave the enclave for each, pass them through queues to threads
                         outside, or choose by what leaving costs (default: auto)
  --emulate-costs COST   off, sgx2 or nanoseconds: what the emulator charges for an entry and an exit together
                         (default: off; sgx2: 3500)
  --emulate-pages HOW    free or sgx2: whether the emulator lets the enclave use a page only after it has accepted it
                         (default: free, which is faster; sgx2 is for tests)
  --emulator-secret FILE what keys and quotes of the emulated processor come from; made if it is not there
                         (default: ~/.local/share/farl/emulator-secret)
  --no-patch             patch no system call, so that each one traps; slow, for tests

What Farl reports:
  --trace                print each system call on stderr, like strace
  --trace-file FILE      the same, into a file
  --stats                at the end, print counts and times of host calls, exits and exceptions on stderr
  --stats-file FILE      the same, into a file
  --stats-format FORMAT  text or json (default: text)
  --log LEVEL            error, warning, info or debug (default: warning)
  -q, --quiet            do not say what is not protected

Examples:
  farl run -- redis-server --port 7000
  farl run --trace -- cat /etc/hostname
  farl run redis.oci /etc/redis/redis.conf
  farl run --rootfs /srv/alpine -- sh -c 'echo $PATH'
  farl run --cas cas.example:7701 --session shop/front python3
  farl run --heap 512M --stats -- sqlite3 :memory: 'select 1'

Exit status: the program's own; 127 if the program or its interpreter is missing, 126 if it cannot be run, 2 for a
wrong option, 125 if Farl itself fails. A signal that ends the program ends this process.
)";

// Everything from the first argument that is no option is the program's, whatever it looks like.
size_t command_start(CLI::App const& app, std::span<char const* const> arguments)
{
    for (size_t i = 0; i < arguments.size(); ++i) {
        std::string argument = arguments[i];
        if (argument == "--" || argument == "-" || !argument.starts_with('-'))
            return i;
        auto const* option = app.get_option_no_throw(argument);
        if (option && option->get_expected_max() > 0)
            ++i;
    }
    return arguments.size();
}

uint64_t checked_heap(std::string const& text)
{
    constexpr uint64_t kLargest = sgx::kApplicationEnd - sgx::kApplicationBase;
    auto size = parse_size(text);
    if (!size || *size > kLargest)
        throw UserError(kBadUsage, fmt::format("--heap {}: expected a size such as 512M or 4G, below 1004G", text));
    if (*size < wire::kSmallestHeap)
        throw UserError(kBadUsage,
            fmt::format("--heap {}: too small; the smallest heap is {}", text, size_text(wire::kSmallestHeap)));
    return page_up(*size);
}

uint64_t checked_cache(std::string const& text)
{
    auto size = parse_size(text);
    if (!size || *size == 0 || *size > wire::kLargestCache)
        throw UserError(kBadUsage, fmt::format("--cache {}: expected a size such as 256M, at most 64G", text));
    return *size;
}

uint64_t checked_ephemeral(std::string const& text)
{
    auto size = parse_size(text);
    if (!size || *size == 0)
        throw UserError(kBadUsage, fmt::format("--ephemeral {}: expected a size such as 256M", text));
    return *size;
}

// Options that need a check which CLI11 would word less clearly.
struct RawOptions {
    bool help { false };
    std::string heap;
    std::string cache;
    std::string ephemeral;
    std::string attest { "auto" };
    std::string cas_key;
    std::string platform { "auto" };
    std::string log { "warning" };
    std::string host_calls { "auto" };
    std::string costs { "off" };
    std::string pages { "free" };
    std::string stats_format { "text" };
    bool no_patch { false };
    std::vector<std::string> volumes;
};

void describe(CLI::App& app, RunOptions& options, RawOptions& raw)
{
    app.set_help_flag();
    app.add_flag("-h,--help", raw.help);
    app.add_option("--rootfs", options.root_directory);
    app.add_option("--cwd", options.working_directory);
    app.add_option("-e,--env", options.environment)->allow_extra_args(false);
    app.add_flag("--clear-env", options.clear_environment);
    app.add_option("-v,--volume", raw.volumes)->allow_extra_args(false);
    app.add_flag("--accept-older", options.accepts_older_volumes);
    app.add_option("--heap", raw.heap);
    app.add_option("--cache", raw.cache);
    app.add_option("--ephemeral", raw.ephemeral);
    app.add_option("--attest", raw.attest);
    app.add_option("--cas", options.cas);
    app.add_option("--session", options.session);
    app.add_option("--cas-key", raw.cas_key);
    app.add_option("--platform", raw.platform);
    app.add_option("--carriers", options.carriers);
    app.add_option("--hostcalls", raw.host_calls);
    app.add_option("--emulate-costs", raw.costs);
    app.add_option("--emulate-pages", raw.pages);
    app.add_option("--emulator-secret", options.emulator_secret);
    app.add_flag("--no-patch", raw.no_patch);
    app.add_flag("--trace", options.trace);
    app.add_option("--trace-file", options.trace_file);
    app.add_flag("--stats", options.stats);
    app.add_option("--stats-file", options.stats_file);
    app.add_option("--stats-format", raw.stats_format);
    app.add_option("--log", raw.log);
    app.add_flag("-q,--quiet", options.quiet);
}

std::string one_of(std::string const& option, std::string const& value, std::vector<std::string> const& allowed)
{
    if (std::ranges::find(allowed, value) == allowed.end())
        throw UserError(kBadUsage, fmt::format("{} {}: expected {}", option, value, fmt::join(allowed, ", ")));
    return value;
}

wire::LogLevel log_level(std::string const& name)
{
    std::vector<std::string> const names { "error", "warning", "info", "debug" };
    one_of("--log", name, names);
    return static_cast<wire::LogLevel>(std::ranges::find(names, name) - names.begin());
}

wire::HostCalls host_calls(std::string const& name)
{
    std::vector<std::string> const names { "auto", "sync", "async" };
    one_of("--hostcalls", name, names);
    return static_cast<wire::HostCalls>(std::ranges::find(names, name) - names.begin());
}

uint64_t transition_ns(std::string const& text)
{
    constexpr uint64_t kSgx2_ns = 3500, kLargest_ns = 1'000'000;
    if (text == "off")
        return 0;
    if (text == "sgx2")
        return kSgx2_ns;
    uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > kLargest_ns)
        throw UserError(kBadUsage,
            fmt::format("--emulate-costs {}: expected off, sgx2 or nanoseconds up to {}", text, kLargest_ns));
    return value;
}

// What --session leaves to nobody else.
void check_session(RunOptions const& options)
{
    auto slash = options.session.find('/');
    if (slash == 0 || slash == options.session.npos || slash + 1 == options.session.size())
        throw UserError(kBadUsage, fmt::format("--session {}: expected SESSION/SERVICE", options.session));
    if (options.cas.empty())
        throw UserError(kBadUsage, "--session needs the CAS that has it: --cas HOST:PORT");
    if (!options.attests)
        throw UserError(kBadUsage, "--session and --attest none exclude each other");
    if (!options.environment.empty() || options.clear_environment || !options.working_directory.empty()
        || options.command.size() > 1)
        throw UserError(kBadUsage, "with --session arguments, environment and directory come from the session");
}

void check_attestation(RunOptions& options, RawOptions const& raw)
{
    options.attests = one_of("--attest", raw.attest, { "auto", "none" }) == "auto";
    if (!options.session.empty())
        check_session(options);
    else if (!options.cas.empty() || !raw.cas_key.empty())
        throw UserError(kBadUsage, "--cas and --cas-key need --session: what the CAS is asked for");
    else if (options.command.empty())
        throw UserError(kBadUsage, "run: no program given; try `farl run --help`");
    if (raw.cas_key.empty())
        return;
    auto key = bytes_from_hex(raw.cas_key);
    if (!key || key->size() != wire::kCasKeySize)
        throw UserError(kBadUsage, "--cas-key: expected 64 hexadecimal digits, as `farl cas serve` prints them");
    options.cas_key = *key;
}

void check(RunOptions& options, RawOptions const& raw)
{
    for (auto const& volume : raw.volumes)
        take_volume(options, volume);
    if (!raw.heap.empty())
        options.heap_size = checked_heap(raw.heap);
    if (!raw.cache.empty())
        options.cache_size = checked_cache(raw.cache);
    if (!raw.ephemeral.empty())
        options.ephemeral_size = checked_ephemeral(raw.ephemeral);
    if (options.carriers && (*options.carriers < 1 || *options.carriers > sgx::kTcsCount))
        throw UserError(kBadUsage, fmt::format("--carriers {}: expected 1 to {}", *options.carriers, sgx::kTcsCount));
    options.platform = one_of("--platform", raw.platform, { "auto", "sgx", "emulator" });
    if (options.platform == "sgx" && raw.costs != "off")
        throw UserError(kBadUsage, "--emulate-costs: only the emulator charges; leave it out with --platform sgx");
    if (options.platform == "sgx" && raw.pages != "free")
        throw UserError(kBadUsage, "--emulate-pages: it is for the emulator; leave it out with --platform sgx");
    options.demands_acceptance = one_of("--emulate-pages", raw.pages, { "free", "sgx2" }) == "sgx2";
    options.log_level = log_level(raw.log);
    options.host_calls = host_calls(raw.host_calls);
    options.transition_ns = transition_ns(raw.costs);
    options.patching = !raw.no_patch;
    options.trace |= !options.trace_file.empty();
    options.stats_json = one_of("--stats-format", raw.stats_format, { "text", "json" }) == "json";
    options.stats |= options.stats_json || !options.stats_file.empty();
    check_attestation(options, raw);
    check_volumes(options);
}

void parse(CLI::App& app, std::span<char const* const> options)
{
    std::vector<std::string> words(options.rbegin(), options.rend()); // CLI11 takes them last first
    try {
        app.parse(words);
    } catch (CLI::ParseError const& error) {
        throw UserError(kBadUsage, fmt::format("run: {}; try `farl run --help`", error.what()));
    }
}

} // namespace

std::optional<RunOptions> parse_run_options(std::span<char const* const> arguments)
{
    RunOptions options;
    RawOptions raw;
    CLI::App app;
    describe(app, options, raw);
    if (asks_for_words(arguments)) {
        print_words(app);
        return {};
    }

    auto start = command_start(app, arguments);
    parse(app, arguments.first(start));
    if (raw.help) {
        std::fputs(kHelp, stdout);
        return {};
    }
    auto command = arguments.subspan(start);
    if (!command.empty() && std::string_view(command[0]) == "--")
        command = command.subspan(1);
    options.command.assign(command.begin(), command.end());
    check(options, raw);
    return options;
}

} // namespace farl::owner
