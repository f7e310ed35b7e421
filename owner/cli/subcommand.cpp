#include "owner/cli/subcommand.h"

#include "owner/cli/completion.h"

#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr size_t kLargestFile = 256 << 20;

[[noreturn]] void fail(std::string const& path)
{
    throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(errno)));
}

// "`create`, `update` or `show`"
std::string names_of(std::span<Subcommand const> subcommands)
{
    std::string names;
    for (auto const& subcommand : subcommands) {
        bool is_last = &subcommand == &subcommands.back();
        names += names.empty() ? "" : is_last ? " or " : ", ";
        names += fmt::format("`{}`", subcommand.name);
    }
    return names;
}

} // namespace

int run_one_of(
    std::string_view command, std::span<Subcommand const> subcommands, std::span<char const* const> arguments)
{
    if (asks_for_words(arguments)) {
        print_words(subcommands);
        return 0;
    }
    std::string_view const word = arguments.empty() ? "" : arguments[0];
    for (auto const& [name, function] : subcommands) {
        if (word == name)
            return function(arguments.subspan(1));
    }
    throw UserError(kBadUsage,
        fmt::format("{}: expected {}; try `farl {} --help`", command, names_of(subcommands),
            command.substr(0, command.find(' '))));
}

bool asks_for_help(std::span<char const* const> arguments)
{
    return std::ranges::any_of(arguments, [](std::string_view word) { return word == "--help" || word == "-h"; });
}

void parse_words(CLI::App& app, std::span<char const* const> arguments, std::string const& command)
{
    app.set_help_flag();
    if (asks_for_words(arguments)) {
        print_words(app);
        std::exit(0);
    }
    std::vector<std::string> words(arguments.rbegin(), arguments.rend()); // CLI11 takes them last first
    try {
        app.parse(words);
    } catch (CLI::ParseError const& error) {
        throw UserError(kBadUsage,
            fmt::format("{}: {}; try `farl {} --help`", command, error.what(), command.substr(0, command.find(' '))));
    }
}

Secret file_contents(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        fail(path);
    Secret contents;
    Secret block(size_t { 64 << 10 });
    while (true) {
        auto count = read(file.get(), block.writable().data(), block.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(path);
        if (count == 0)
            return contents;
        contents.append(block.reveal().substr(0, static_cast<size_t>(count)));
        if (contents.size() > kLargestFile)
            throw UserError(kBadUsage, fmt::format("{}: larger than {} bytes", path, kLargestFile));
    }
}

} // namespace farl::owner
