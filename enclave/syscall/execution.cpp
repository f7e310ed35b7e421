#include "enclave/process/program.h"
#include "enclave/syscall/process_calls.h"
#include "enclave/syscall/target.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr size_t kLongestString = 128 * 1024;  // MAX_ARG_STRLEN
constexpr size_t kMostBytes = 2 * 1024 * 1024; // a quarter of the stack
constexpr int kMostInterpreters = 4;           // BINPRM_MAX_RECURSION
constexpr size_t kScriptLine = 256;            // BINPRM_BUF_SIZE

// A NULL-terminated array of strings, copied. E2BIG beyond what a stack could take.
Result<Vector<String>> read_strings(uint64_t address)
{
    Vector<String> strings;
    if (!address)
        return strings;
    size_t bytes = 0;
    for (size_t i = 0;; ++i) {
        auto text = TRY(UserIn<uint64_t> { address }.read(i));
        if (!text)
            return strings;
        auto string = read_user_string(text, kLongestString);
        if (string.is_error())
            return string.error() == Errno::Enametoolong ? Errno::E2big : string.error();
        bytes += string.value().size() + 1 + sizeof(uint64_t);
        if (bytes > kMostBytes)
            return Errno::E2big;
        TRY(strings.push(string.release_value()));
    }
}

Result<Vector<std::string_view>> views_of(Vector<String> const& strings)
{
    Vector<std::string_view> views;
    for (auto const& string : strings)
        TRY(views.push(string.view()));
    return views;
}

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

Result<> execute(Thread& caller, String path, uint64_t argument_array, uint64_t environment_array)
{
    auto arguments = TRY(read_strings(argument_array));
    auto environment = TRY(read_strings(environment_array));
    if (arguments.is_empty())
        TRY(arguments.push(TRY(path.copy())));
    for (int depth = 0; TRY(apply_script_line(path, arguments)); ++depth)
        if (depth == kMostInterpreters)
            return Errno::Eloop;
    auto argument_views = TRY(views_of(arguments));
    auto environment_views = TRY(views_of(environment));
    return execute_program(caller, { path, argument_views.span(), environment_views.span() });
}

} // namespace

// execve(2)
Result<> sys_execve(Thread& caller, UserString path, uint64_t arguments, uint64_t environment)
{
    auto location = TRY(locate(caller, AT_FDCWD, path, Follow::Yes));
    return execute(caller, std::move(location.path), arguments, environment);
}

// execveat(2)
Result<> sys_execveat(
    Thread& caller, int directory, UserString path, uint64_t arguments, uint64_t environment, int flags)
{
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return Errno::Einval;
    auto text = TRY(path.read());
    if (text.is_empty() && (flags & AT_EMPTY_PATH)) {
        auto file = TRY(caller.any_file(directory));
        return execute(caller, TRY(String::from(file->path())), arguments, environment);
    }
    auto follow = flags & AT_SYMLINK_NOFOLLOW ? Follow::No : Follow::Yes;
    auto location = TRY(locate(caller, directory, text, follow));
    return execute(caller, std::move(location.path), arguments, environment);
}

} // namespace farl
