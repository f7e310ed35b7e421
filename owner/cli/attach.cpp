#include "owner/cli/attach.h"

#include "owner/cli/child.h"
#include "owner/cli/console_key.h"
#include "owner/cli/log_printer.h"
#include "owner/cli/subcommand.h"
#include "owner/console/attachment.h"
#include "owner/launch/attended.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl attach --console-key FILE -- COMMAND [ARG...]
       farl attach --session SESSION/SERVICE -- COMMAND [ARG...]

Talks to a program with a shielded console. Runs COMMAND, which reaches it, such as `docker attach` or `farl run`; what you type
is sealed for the program, and what it writes is opened, as `farl logs` does. The end of your input is the end of the program's.

If you are at a terminal, the program gets one too, of the same size, if it is started so: by `farl run`, or by an engine that
gives it the variable FARL_ATTENDED, which COMMAND has then. All keys go to the program, Ctrl-C among them.

{}  --tty                       ask for a terminal for the program, also if you are not at one
  --no-tty                    do not

Examples:
  farl attach --console-key console.key -- docker attach web
  farl attach --session shop/front -- farl run --cas cas.example:7701 --session shop/front < orders
  farl attach --session shop/shell -- docker run --rm -i -e FARL_ATTENDED shop-shell

Exit status: COMMAND's own; 1 if that is 0 and anything is wrong with what came, which is told on the error output;
2 for a wrong option, 126 for a bad key or a command that cannot be run, 127 for a missing one.
)";

// As soon as something inside sees to echoes, line ends and Ctrl-C, the terminal here does not.
class AttachedPrinter final : public LogPrinter {
public:
    explicit AttachedPrinter(LocalTerminal* terminal) : LogPrinter("farl attach"), terminal_(terminal) { }

    void terminal() override
    {
        if (terminal_)
            terminal_->make_raw();
    }

private:
    LocalTerminal* terminal_; // may be null
};

// `words` end with a null.
int talk(Secret const& key, char const* const* words, bool wants_terminal)
{
    auto child =
        Child::start(words, [&] { wants_terminal ? setenv(kAttendedVariable, "1", 1) : unsetenv(kAttendedVariable); });
    std::signal(SIGPIPE, SIG_IGN);
    std::optional<LocalTerminal> terminal;
    if (wants_terminal)
        terminal.emplace(isatty(STDIN_FILENO) ? STDIN_FILENO : -1, child.pid);
    auto* kept_alike = terminal ? &*terminal : nullptr;
    AttachedPrinter printer(kept_alike);
    Attachment(key, { STDIN_FILENO, child.input.get(), child.output.get() }, printer, kept_alike).run();
    terminal.reset();
    auto status = child.wait();
    return status == 0 && printer.problem_count() ? kRefused : status;
}

} // namespace

int attach_command(std::span<char const* const> arguments)
{
    if (arguments.empty() || asks_for_help(arguments.first(1))) {
        fmt::print(fmt::runtime(kHelp), kConsoleKeyHelp);
        return arguments.empty() ? kBadUsage : 0;
    }
    auto mark = std::ranges::find(arguments, std::string_view("--"));
    std::vector<char const*> words(mark == arguments.end() ? mark : mark + 1, arguments.end());
    CLI::App app;
    ConsoleKeyOptions options;
    options.add_options(app);
    bool wants_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    app.add_flag("--tty,!--no-tty", wants_terminal);
    parse_words(app, arguments.first(static_cast<size_t>(mark - arguments.begin())), "attach");
    if (words.empty())
        throw UserError(kBadUsage, "attach: expected a command after `--`; try `farl attach --help`");
    auto key = options.key();
    words.push_back(nullptr);
    return talk(key, words.data(), wants_terminal);
}

} // namespace farl::owner
