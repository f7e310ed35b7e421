#include "owner/cli/logs.h"

#include "owner/cli/console_key.h"
#include "owner/cli/log_printer.h"
#include "owner/cli/subcommand.h"
#include "owner/console/line_splitter.h"
#include "owner/console/log_reader.h"
#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl logs --console-key FILE [LOG]
       farl logs --session SESSION/SERVICE [LOG]

Prints what a program with a shielded console wrote: opens the sealed lines of LOG, or of standard input, such as
`docker logs` prints them. What the program wrote to its error output goes to the error output. Lines that are not sealed
come from Farl or from the host, whom nobody has to believe: they go to the error output, marked `unshielded:`.

{}
Whatever is wrong with the log is told on the error output, with the number of the line: blocks that are missing, there
again, out of order, changed, or of another start, and a missing end. Docs: docs/formats/console.md.

Examples:
  farl logs --console-key console.key container.log
  docker logs web 2>&1 | farl logs --session shop/front

Exit status: 0 only if the log is whole and unchanged; 1 if anything is wrong with it; 2 for a wrong option, 126 for a bad key,
127 for a missing file.
)";

FileDescriptor open_log(std::string const& path)
{
    FileDescriptor file(
        path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(errno)));
    return file;
}

void read_log(int file, LogReader& reader)
{
    LineSplitter lines;
    auto take = [&](std::string_view line) { reader.take(line); };
    char buffer[64 << 10];
    while (true) {
        auto count = read(file, buffer, sizeof(buffer));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            throw UserError(kFarlFailed, fmt::format("the log cannot be read: {}", std::strerror(errno)));
        if (count == 0)
            break;
        lines.feed({ buffer, static_cast<size_t>(count) }, take);
        std::fflush(stdout); // for whoever follows a log
    }
    lines.finish(take);
    reader.finish();
}

} // namespace

int logs_command(std::span<char const* const> arguments)
{
    if (asks_for_help(arguments)) {
        fmt::print(fmt::runtime(kHelp), kConsoleKeyHelp);
        return 0;
    }
    CLI::App app;
    std::string log_path = "-";
    ConsoleKeyOptions options;
    options.add_options(app);
    app.add_option("log", log_path);
    parse_words(app, arguments, "logs");
    auto key = options.key();
    auto file = open_log(log_path);
    LogPrinter printer("farl logs");
    LogReader reader(key, printer);
    read_log(file.get(), reader);
    if (reader.block_count() == 0)
        printer.problem("there is no block in it that this key opens");
    return printer.problem_count() ? kRefused : 0;
}

} // namespace farl::owner
