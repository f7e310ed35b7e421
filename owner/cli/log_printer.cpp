#include "owner/cli/log_printer.h"

#include <cstdio>

namespace farl::owner {

namespace {

void tell(std::string const& text)
{
    std::fflush(stdout); // in the order of the log, where both are one terminal
    std::fprintf(stderr, "%s\n", text.c_str());
}

} // namespace

void LogPrinter::data(formats::ConsoleChannel channel, std::string_view bytes)
{
    auto* to = channel == formats::ConsoleChannel::Error ? stderr : stdout;
    if (to == stderr)
        std::fflush(stdout);
    std::fwrite(bytes.data(), 1, bytes.size(), to);
    std::fflush(to); // whoever follows waits for it
}

void LogPrinter::problem(std::string const& what)
{
    ++problem_count_;
    tell(command_ + ": " + what);
}

// Whoever wrote it has no say over the terminal.
void LogPrinter::unshielded(std::string_view line)
{
    std::string text("unshielded: ");
    for (auto character : line)
        text += static_cast<unsigned char>(character) < ' ' || character == '\x7f' ? '?' : character;
    tell(text);
}

} // namespace farl::owner
