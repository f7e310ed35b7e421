#include "owner/cli/logs.h"

#include "owner/cli/console_key.h"
#include "owner/cli/container_log.h"
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

constexpr char const* kHelp = R"(Usage: farl logs --console-key FILE [LOG | CONTAINER]
       farl logs --session SESSION/SERVICE [LOG | CONTAINER]

Prints what a program with a shielded console wrote: opens the sealed lines of the file LOG, of CONTAINER, whose log `docker` or
`podman` prints, or of standard input. What the program wrote to its error output goes to the error output. Lines that are not sealed
come from Farl or from the host, whom nobody has to believe: they go to the error output, marked `unshielded:`.

{}  --follow                    of a container: go on until it ends, or until Ctrl-C

Whatever is wrong with the log is told on the error output, with the number of the line: blocks that are missing, there
again, out of order, changed, or of another start, and a missing end. Docs: docs/formats/console.md.

Examples:
  farl logs --console-key console.key container.log
  farl logs --session shop/front web
  kubectl logs web | farl logs --session shop/front

Exit status: 0 only if the log is whole and unchanged; 1 if anything is wrong with it; 2 for a wrong option, 126 for a bad key,
127 for a missing file or container.
)";

// None: there is no such file.
FileDescriptor open_log(std::string const& path)
{
    FileDescriptor file(
        path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno != ENOENT)
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

void read_container_log(std::string const& name, bool follows, LogReader& reader, LogPrinter& printer)
{
    auto log = open_container_log(name, follows);
    log.input = FileDescriptor();
    read_log(log.output.get(), reader);
    if (auto status = log.wait())
        printer.problem(fmt::format("the log of {} ended with status {} of the container engine", name, status));
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
    bool follows = false;
    app.add_flag("--follow", follows);
    parse_words(app, arguments, "logs");
    auto key = options.key();
    LogPrinter printer("farl logs");
    LogReader reader(key, printer);
    auto file = open_log(log_path);
    if (file && follows)
        throw UserError(
            kBadUsage, "logs: --follow is for containers; of a file, try `tail -n +1 -f FILE | farl logs ...`");
    if (file)
        read_log(file.get(), reader);
    else
        read_container_log(log_path, follows, reader, printer);
    if (reader.block_count() == 0)
        printer.problem("there is no block in it that this key opens");
    return printer.problem_count() ? kRefused : 0;
}

} // namespace farl::owner
