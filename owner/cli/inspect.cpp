#include "owner/cli/inspect.h"

#include "owner/launch/file_descriptor.h"
#include "owner/launch/user_error.h"
#include "owner/rewrite/mapped_file.h"
#include "owner/rewrite/report.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>

namespace farl::owner {

namespace {

constexpr char const* kHelp = R"(Usage: farl inspect [--json] FILE...

Shows for each ELF file which `syscall` instructions it has, and which of them can be replaced by jumps. The others trap
when they run: slower, with the same result.

  --json   one JSON object a line
)";

Result<Analysis> analyse_file(std::string const& path)
{
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return static_cast<Errno>(errno);
    auto mapping = TRY(MappedFile::map(file.get()));
    return analyse(mapping.bytes());
}

void report(std::string const& path, bool is_json)
{
    auto analysis = analyse_file(path);
    if (analysis.is_error() && analysis.error() == Errno::Enoexec)
        throw UserError(kNotRunnable, fmt::format("{} is not an ELF file for 64-bit x86, or a damaged one", path));
    if (analysis.is_error())
        throw UserError(kNotFound, fmt::format("{}: {}", path, std::strerror(static_cast<int>(analysis.error()))));
    auto text = is_json ? report_as_json(path, analysis.value()) + "\n" : report_as_text(path, analysis.value());
    std::fputs(text.c_str(), stdout);
}

} // namespace

int inspect(std::span<char const* const> arguments)
{
    std::string_view option = arguments.empty() ? "" : arguments[0];
    if (option == "--help" || option == "-h") {
        std::fputs(kHelp, stdout);
        return 0;
    }
    bool is_json = option == "--json";
    auto files = arguments.subspan(is_json ? 1 : 0);
    if (files.empty() || files[0][0] == '-')
        throw UserError(kBadUsage, "inspect: expected [--json] FILE...; try `farl inspect --help`");
    for (auto const* file : files)
        report(file, is_json);
    return 0;
}

} // namespace farl::owner
