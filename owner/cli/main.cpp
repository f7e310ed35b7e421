// farl: the one command a person types. Each subcommand is a function that takes the words after its name.
#include "owner/cli/inspect.h"
#include "owner/cli/run.h"
#include "owner/launch/user_error.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <new>
#include <string_view>

namespace farl::owner {

namespace {

using Arguments = std::span<char const* const>;

constexpr char const* kHelp = R"(Usage: farl COMMAND [OPTIONS]

Runs ordinary Linux programs inside SGX enclaves. There is no SGX platform in this version: SGX is emulated.

Commands:
  run [OPTIONS] [--] PROGRAM [ARG...]   run a program of this machine in an enclave
  inspect [--json] FILE...              show the system calls of ELF files, and which can be patched

  farl COMMAND --help explains one command; farl --version prints the version.

Examples:
  farl run -- redis-server --port 7000
  farl run --trace -- ls -l /
)";

struct Command {
    std::string_view name;
    int (*function)(Arguments);
};

constexpr std::array kCommands { Command { "run", run }, Command { "inspect", inspect } };

int print(char const* text)
{
    std::fputs(text, stdout);
    return 0;
}

int dispatch(Arguments arguments)
{
    std::string_view word = arguments.empty() ? "" : arguments[0];
    if (word == "--help" || word == "-h" || word == "help")
        return print(kHelp);
    if (word == "--version")
        return print("farl " FARL_VERSION "\n");
    for (auto const& command : kCommands) {
        if (command.name == word)
            return command.function(arguments.subspan(1));
    }
    if (word.empty())
        throw UserError(kBadUsage, "no command given; try `farl --help`");
    throw UserError(kBadUsage, fmt::format("{}: no such command; try `farl --help`", word));
}

} // namespace

} // namespace farl::owner

int main(int argc, char** argv)
{
    using namespace farl::owner;
    try {
        return dispatch({ argv + 1, static_cast<size_t>(argc > 0 ? argc - 1 : 0) });
    } catch (UserError const& error) {
        std::fprintf(stderr, "farl: %s\n", error.what());
        return error.status();
    } catch (std::bad_alloc const&) {
        std::fputs("farl: out of memory\n", stderr);
        return kFarlFailed;
    }
}
