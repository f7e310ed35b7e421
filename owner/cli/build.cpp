#include "owner/cli/build.h"

#include "owner/cli/opened_image.h"
#include "owner/cli/progress.h"
#include "owner/cli/subcommand.h"
#include "owner/digest/digest.h"
#include "owner/launch/size_text.h"
#include "owner/policy/yaml.h"
#include "owner/protect/protected_image.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl build -p POLICY IN -o OUT [--seed-file FILE] [--limit SIZE]
       farl build --init IN

Makes a protected image: an ordinary container image in which the host sees nothing but ciphertext of what POLICY says is
encrypted, and can change nothing without being found out. IN is an OCI layout, an OCI archive or what `docker save` writes. Layers in which
nothing is encrypted stay as they are. Beside it goes OUT.keys.yaml, which opens it: keep it where the image is not.

  -p, --policy POLICY  what is encrypted, authenticated or unprotected: docs/formats/image-policy.md
  -o, --output OUT     where the image goes: a directory (OCI layout), or an archive if it ends in .tar; nothing may be there
  --init               print a commented policy for IN, to start from
  --seed-file FILE     derive all keys from this secret (at least 32 random bytes, readable by you only) and from IN: the same image
                       again; without it keys are random
  --limit SIZE         the most that the files of IN may have in all (default: 64G)

Examples:
  farl build --init redis.oci > policy.yaml
  farl build -p policy.yaml redis.oci -o redis.farl
  farl run redis.farl

Exit status: 0 if it was written; 1 if plaintext of an encrypted region would remain; 2 for a wrong option or policy; 126 for an
image that is damaged or hostile, 127 for a missing file.
)";

struct BuildOptions {
    std::string policy, input, output, seed_file;
    bool is_init { false };
    ImageBudget budget;
};

BuildOptions parse_options(std::span<char const* const> arguments)
{
    BuildOptions options;
    std::string limit;
    CLI::App app;
    app.add_option("IN", options.input);
    app.add_option("-p,--policy", options.policy);
    app.add_option("-o,--output", options.output);
    app.add_flag("--init", options.is_init);
    app.add_option("--seed-file", options.seed_file);
    app.add_option("--limit", limit);
    parse_words(app, arguments, "build");
    auto const is_complete = options.is_init || (!options.policy.empty() && !options.output.empty());
    if (options.input.empty() || !is_complete)
        throw UserError(kBadUsage, "build: expected -p POLICY IN -o OUT, or --init IN; try `farl build --help`");
    if (auto const size = limit.empty() ? options.budget.bytes : parse_size(limit))
        options.budget.bytes = *size;
    else
        throw UserError(kBadUsage, fmt::format("build: --limit {}: expected a size such as 100G", limit));
    return options;
}

int print_policy(std::string const& image)
{
    auto const text = of_image(image, [&] { return image_policy_for(ImageReader(image).config(), image); });
    std::fputs(text.c_str(), stdout);
    return 0;
}

ImagePolicy read_policy(std::string const& path, Secret const& text)
{
    try {
        return parse_image_policy(text.reveal());
    } catch (PolicyError const& error) {
        throw UserError(
            kBadUsage, fmt::format("{}:{}:{}: {}", path, error.position().line, error.position().column, error.what()));
    }
}

// The keys are for this input and this policy: they never seal anything else.
std::unique_ptr<ImageKeys> keys_for(BuildOptions const& options, std::string const& input_digest, Secret const& policy)
{
    if (options.seed_file.empty())
        return std::make_unique<RandomImageKeys>();
    constexpr size_t kSmallestSeed = 32;
    auto seed = file_contents(options.seed_file);
    struct stat status { };
    if (seed.size() < kSmallestSeed)
        throw UserError(kBadUsage,
            fmt::format("{}: a seed has at least {} bytes; make one with `head -c 32 /dev/urandom`", options.seed_file,
                kSmallestSeed));
    if (stat(options.seed_file.c_str(), &status) == 0 && (status.st_mode & 077))
        throw UserError(kNotRunnable,
            fmt::format(
                "{}: others may read this seed; forbid it with `chmod 600 {}`", options.seed_file, options.seed_file));
    Sha256 digest;
    digest.add(std::as_bytes(std::span(input_digest)));
    digest.add(std::as_bytes(policy.readable()));
    auto const bytes = digest.finish();
    return std::make_unique<DerivedImageKeys>(
        std::move(seed), std::span<std::byte const, 32>(std::as_bytes(std::span(bytes))));
}

ProtectedImage build(BuildOptions const& options)
{
    auto const text = file_contents(options.policy);
    auto policy = read_policy(options.policy, text);
    return of_image(options.input, [&] {
        ImageReader const image(options.input);
        auto const keys = keys_for(options, image.digest(), text);
        Progress progress("protecting");
        return protect_image(image,
            { options.input, options.output, std::move(policy), keys.get(), options.budget, Installation::find() },
            [&](uint64_t done, uint64_t total) { progress.show(done, total); });
    });
}

} // namespace

int build_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    auto const options = parse_options(arguments);
    if (options.is_init)
        return print_policy(options.input);
    auto const secrets = secrets_path(options.output);
    struct stat status { };
    if (lstat(secrets.c_str(), &status) == 0)
        throw UserError(kBadUsage, fmt::format("{}: is there already; it may be the key of another image", secrets));
    auto const made = build(options);
    write_image_secrets(secrets, made.secrets, options.output);
    fmt::print("{}: {} files encrypted, {} authenticated; {} layers as they were, {} rewritten; keys in {}\n",
        options.output, made.encrypted_files, made.authenticated_files, made.kept_layers, made.rewritten_layers,
        secrets);
    return 0;
}

} // namespace farl::owner
