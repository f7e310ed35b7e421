// farl: the one command a person types. Each subcommand is a function that takes the words after its name.
#include "owner/cli/completion.h"
#include "owner/cli/entry.h"
#include "owner/cli/hand_over.h"
#include "owner/cli/run.h"
#include "owner/launch/image_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <string_view>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl COMMAND [OPTIONS]

Runs ordinary Linux programs inside SGX enclaves. SGX is emulated: the platform for hardware has not run on any.

Commands:
  run [OPTIONS] [--] PROGRAM [ARG...]   run a program of this machine in an enclave, or a container image
  build -p POLICY IN -o OUT             a protected container image of another one
  pack PROGRAM... -o OUT                a container image of programs of this machine
  inspect [OPTIONS] FILE...             system calls of ELF files; what enclaves and container images are made of
  attest verify|collateral|emulator ... verify a quote: which enclave, on what platform; what that needs
  policy check|create|update|show ...   session files: what may run, and what it gets
  volume create|show|check ...          directories that containers keep, encrypted: their stores
  cas serve|status|audit ...            the service that keeps sessions, and its audit log
  attach [OPTIONS] -- COMMAND...        talk to a program with a shielded console, over COMMAND
  logs [OPTIONS] [LOG | CONTAINER]      what a program with a shielded console wrote, and whether the log is whole
  completion bash                       completion of these commands, for the shell

  farl COMMAND --help explains one command; farl --version prints the version.

Examples:
  farl run -- redis-server --port 7000
  farl run --trace -- ls -l /
)";

// Images are read by another program than ELF files.
int inspect(Arguments arguments)
{
    auto is_image = [](char const* word) { return looks_like_image(word); };
    if (std::ranges::any_of(arguments, is_image))
        hand_over("farl-image", arguments, "inspect");
    hand_over("farl-inspect", arguments);
}

int attest(Arguments arguments) { hand_over("farl-attest", arguments); }
int cas(Arguments arguments) { hand_over("farl-cas", arguments); }
int policy(Arguments arguments) { hand_over("farl-policy", arguments); }
int attach(Arguments arguments) { hand_over("farl-console", arguments, "attach"); }
int logs(Arguments arguments) { hand_over("farl-console", arguments, "logs"); }
int build(Arguments arguments) { hand_over("farl-image", arguments, "build"); }
int volume(Arguments arguments) { hand_over("farl-volume", arguments); }
int pack(Arguments arguments) { hand_over("farl-image", arguments, "pack"); }

struct Command {
    std::string_view name;
    int (*function)(Arguments);
};

constexpr std::array kCommands { Command { "run", run }, Command { "build", build }, Command { "pack", pack },
    Command { "inspect", inspect }, Command { "attest", attest }, Command { "policy", policy },
    Command { "volume", volume }, Command { "cas", cas }, Command { "attach", attach }, Command { "logs", logs },
    Command { "completion", completion } };

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
    if (asks_for_words(arguments)) {
        print_words(kCommands);
        return 0;
    }
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

int main(int argc, char** argv) { return farl::owner::run_command(farl::owner::dispatch, argc, argv); }
