#include "owner/cli/pack.h"

#include "owner/cli/progress.h"
#include "owner/cli/subcommand.h"
#include "owner/launch/user_error.h"
#include "owner/pack/packed_image.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl pack PROGRAM... -o OUT [--add PATH[=IMAGE-PATH]]... [--env NAME=VALUE]...

Makes a container image of programs of this machine: the programs, their dynamic linker, the libraries they are linked to, and the
few files that C libraries look for. What programs load by themselves (plug-ins, modules, locales, terminfo) is not known:
add it. The image is plain: `farl build` protects it. The same files make the same image.

  PROGRAM              a program, found as the shell finds it; the first is the image's entry point
  -o, --output OUT     where the image goes: a directory (OCI layout), or an archive if it ends in .tar; nothing may be there
  --add PATH           also this file, or all of this directory
  --add PATH=AS        the same, under another absolute path in the image
  --env NAME=VALUE     a variable that the image sets

Examples:
  farl pack redis-server -o redis.oci --add ./redis.conf=/etc/redis/redis.conf
  farl pack python3 -o python.tar --add /usr/lib/python3.11

Exit status: 0 if it was written, 2 for a wrong option, 126 or 127 for what cannot be packed or is not there.
)";

PackRequest::Addition addition_from(std::string const& text)
{
    auto const equals = text.rfind('=');
    PackRequest::Addition addition { text.substr(0, equals), equals == text.npos ? "" : text.substr(equals + 1) };
    if (equals == text.npos)
        addition.source = addition.path = std::filesystem::absolute(text).lexically_normal();
    while (addition.path.size() > 1 && addition.path.ends_with('/'))
        addition.path.pop_back();
    addition.source = std::filesystem::absolute(addition.source);
    if (equals == text.npos)
        addition.source = addition.path;
    if (!addition.path.starts_with('/') || addition.path == "/")
        throw UserError(kBadUsage, fmt::format("pack: --add {}: expected PATH or PATH=/ABSOLUTE/PATH", text));
    return addition;
}

PackRequest parse_options(std::span<char const* const> arguments)
{
    PackRequest request;
    std::vector<std::string> additions;
    CLI::App app;
    app.add_option("PROGRAM", request.programs);
    app.add_option("-o,--output", request.output);
    app.add_option("--add", additions)->allow_extra_args(false);
    app.add_option("--env", request.environment)->allow_extra_args(false);
    parse_words(app, arguments, "pack");
    if (request.programs.empty() || request.output.empty())
        throw UserError(kBadUsage, "pack: expected PROGRAM... and -o OUT; try `farl pack --help`");
    for (auto const& variable : request.environment)
        if (variable.find('=') == variable.npos || variable.starts_with('='))
            throw UserError(kBadUsage, fmt::format("pack: --env {}: expected NAME=VALUE", variable));
    for (auto const& text : additions)
        request.additions.push_back(addition_from(text));
    auto const* path = std::getenv("PATH");
    request.search_path = path ? path : "/bin:/usr/bin";
    return request;
}

} // namespace

int pack_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    auto const request = parse_options(arguments);
    PackedImage packed;
    {
        Progress progress("packing");
        packed = pack_image(request, [&](uint64_t done, uint64_t total) { progress.show(done, total); });
    }
    fmt::print(
        "{}: {} files, {:.1f} MiB\n", request.output, packed.file_count, static_cast<double>(packed.size) / (1 << 20));
    return 0;
}

} // namespace farl::owner
