#include "owner/launch/program.h"

#include "owner/launch/elf_check.h"
#include "owner/launch/user_error.h"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>

namespace farl::owner {

namespace {

constexpr size_t kScriptLineSize = 255; // BINPRM_BUF_SIZE - 1, Linux's include/uapi/linux/binfmts.h
constexpr int kDeepestScript = 5;       // execve(2): at most four recursions
constexpr std::string_view kBlanks = " \t";

std::string absolute(std::string_view path, std::string_view working_directory)
{
    if (path.starts_with('/'))
        return std::string(path);
    return fmt::format("{}{}{}", working_directory, working_directory.ends_with('/') ? "" : "/", path);
}

bool is_executable(struct stat const& status) { return (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0; }

std::string reason_of(Errno error) { return fmt::format(": {}", std::strerror(static_cast<int>(error))); }

// Why execve(2) would not run it, apart from the contents: what to put after the path.
std::optional<std::string> refusal(RootDirectory const& root, std::string const& path)
{
    auto file = root.open_inside(path, O_PATH);
    struct stat status { };
    if (file.is_error() || fstat(file.value().get(), &status) != 0)
        return file.is_error() ? reason_of(file.error()) : " cannot be examined";
    if (S_ISDIR(status.st_mode))
        return " is a directory";
    if (!S_ISREG(status.st_mode))
        return " is not a regular file";
    if (!is_executable(status)
        || (faccessat(file.value().get(), "", X_OK, AT_EACCESS | AT_EMPTY_PATH) != 0 && errno == EACCES))
        return " is not executable";
    return {};
}

bool exists(RootDirectory const& root, std::string const& path) { return root.open_inside(path, O_PATH).is_ok(); }

// execvp(3): the first executable file wins; one that exists but may not be run is remembered for the message.
std::string search(RootDirectory const& root, ProgramRequest const& request)
{
    auto const& name = request.arguments[0];
    std::string denied;
    for (size_t start = 0; start <= request.search_path.size();) {
        auto end = std::min(request.search_path.find(':', start), request.search_path.size());
        auto directory = absolute(request.search_path.substr(start, end - start), request.working_directory);
        auto candidate = absolute(name, directory);
        if (!refusal(root, candidate))
            return candidate;
        if (denied.empty() && exists(root, candidate))
            denied = candidate;
        start = end + 1;
    }
    if (denied.empty())
        throw UserError(kNotFound, fmt::format("{}: no such program in PATH ({})", name, request.search_path));
    return denied;
}

FileDescriptor open_program(RootDirectory const& root, std::string const& path)
{
    auto problem = refusal(root, path);
    if (problem)
        throw UserError(exists(root, path) ? kNotRunnable : kNotFound, path + *problem);
    auto file = root.open_inside(path, O_RDONLY);
    if (file.is_error())
        throw UserError(kNotRunnable, fmt::format("{} cannot be read{}", path, reason_of(file.error())));
    return file.release_value();
}

struct ScriptLine {
    std::string interpreter;
    std::optional<std::string> argument;
};

std::string_view trimmed(std::string_view text)
{
    auto first = text.find_first_not_of(kBlanks);
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// execve(2), "Interpreter scripts": one optional argument, blanks inside it kept.
std::optional<ScriptLine> script_line(int fd)
{
    char buffer[kScriptLineSize];
    auto count = pread(fd, buffer, sizeof(buffer), 0);
    std::string_view text(buffer, count > 0 ? static_cast<size_t>(count) : 0);
    if (!text.starts_with("#!"))
        return {};
    auto line = trimmed(text.substr(2, text.find('\n') - 2));
    auto end = std::min(line.find_first_of(kBlanks), line.size());
    auto argument = trimmed(line.substr(end));
    ScriptLine script { std::string(line.substr(0, end)), {} };
    if (!argument.empty())
        script.argument = argument;
    return script;
}

void use_interpreter(Program& program, ScriptLine const& script)
{
    auto& arguments = program.arguments;
    arguments[0] = program.path;
    if (script.argument)
        arguments.insert(arguments.begin(), *script.argument);
    arguments.insert(arguments.begin(), script.interpreter);
}

FileDescriptor follow_scripts(RootDirectory const& root, ProgramRequest const& request, Program& program)
{
    for (int depth = 0; depth < kDeepestScript; ++depth) {
        auto file = open_program(root, program.path);
        auto script = script_line(file.get());
        if (!script)
            return file;
        if (script->interpreter.empty())
            throw UserError(kNotRunnable, fmt::format("{}: its #! line names no interpreter", program.path));
        auto next = absolute(script->interpreter, request.working_directory);
        if (!exists(root, next))
            throw UserError(
                kNotFound, fmt::format("{}: its interpreter does not exist: {}", program.path, script->interpreter));
        use_interpreter(program, *script);
        program.path = next;
    }
    throw UserError(kNotRunnable, fmt::format("{}: too many scripts that interpret scripts", request.arguments[0]));
}

void check_interpreter(RootDirectory const& root, Program const& program)
{
    auto file = root.open_inside(program.interpreter, O_RDONLY);
    if (file.is_error())
        throw UserError(file.error() == Errno::Enoent ? kNotFound : kNotRunnable,
            fmt::format("{}: its interpreter {}{}; is the right C library installed?", program.path,
                program.interpreter, reason_of(file.error())));
    if (!is_elf(file.value().get()))
        throw UserError(
            kNotRunnable, fmt::format("{}: its interpreter {} is not an ELF file", program.path, program.interpreter));
    auto verdict = check_elf(file.value().get());
    if (!verdict.problem.empty())
        throw UserError(
            kNotRunnable, fmt::format("{}: its interpreter {} {}", program.path, program.interpreter, verdict.problem));
}

} // namespace

Program find_program(RootDirectory const& root, ProgramRequest const& request)
{
    auto const& name = request.arguments.at(0);
    if (name.empty())
        throw UserError(kNotFound, "the name of the program is empty");
    bool is_path = name.find('/') != name.npos;
    Program program { is_path ? absolute(name, request.working_directory) : search(root, request), {},
        request.arguments };

    auto file = follow_scripts(root, request, program);
    if (!is_elf(file.get()))
        throw UserError(
            kNotRunnable, fmt::format("{} is neither an ELF program nor a script that begins with #!", program.path));
    auto verdict = check_elf(file.get());
    if (!verdict.problem.empty())
        throw UserError(kNotRunnable, fmt::format("{} {}", program.path, verdict.problem));
    if (!verdict.interpreter.empty()) {
        program.interpreter = absolute(verdict.interpreter, request.working_directory);
        check_interpreter(root, program);
    }
    return program;
}

} // namespace farl::owner
