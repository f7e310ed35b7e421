#include "enclave/process/script.h"

#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constexpr int kMostInterpreters = 4; // BINPRM_MAX_RECURSION
constexpr size_t kScriptLine = 256;  // BINPRM_BUF_SIZE

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// If the file begins with "#!": its interpreter takes its place, with the optional argument and the script's path.
// Returns whether it did.
Result<bool> apply_script_line(String& path, Vector<String>& arguments)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file = TRY(location.file_system->open(location.file_path(), { .flags = O_RDONLY }));
    char buffer[kScriptLine];
    auto read = file->read_at(0, Sink::of(buffer, sizeof(buffer)));
    if (read.is_error() || read.value() < 2 || buffer[0] != '#' || buffer[1] != '!')
        return false;
    std::string_view line(buffer + 2, read.value() - 2);
    auto end = line.find('\n');
    if (end == line.npos && read.value() == sizeof(buffer))
        return Errno::Enoexec;
    line = trimmed(line.substr(0, end));
    if (line.empty())
        return Errno::Enoexec;
    auto space = line.find_first_of(" \t");
    auto interpreter = TRY(String::from(line.substr(0, space)));
    if (arguments.is_empty())
        TRY(arguments.push({}));
    arguments[0] = TRY(path.copy());
    if (space != line.npos)
        TRY(arguments.insert(0, TRY(String::from(trimmed(line.substr(space))))));
    TRY(arguments.insert(0, TRY(interpreter.copy())));
    path = std::move(interpreter);
    return true;
}

} // namespace

Result<> follow_script_lines(String& path, Vector<String>& arguments)
{
    for (int depth = 0; TRY(apply_script_line(path, arguments)); ++depth)
        if (depth == kMostInterpreters)
            return Errno::Eloop;
    return {};
}

} // namespace farl
