#include "enclave/process/program_search.h"

#include "enclave/vfs/vfs.h"

#include <sys/stat.h>
#include <unistd.h>

namespace farl {

namespace {

constexpr std::string_view kUsualDirectories = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view search_path(std::span<std::string_view const> environment)
{
    constexpr std::string_view kName = "PATH=";
    for (auto variable : environment)
        if (variable.starts_with(kName))
            return variable.substr(kName.size());
    return kUsualDirectories;
}

Result<String> joined(std::string_view directory, std::string_view name)
{
    auto path = TRY(String::from(directory));
    TRY(path.append('/'));
    TRY(path.append(name));
    return path;
}

Result<String> absolute(std::string_view path, std::string_view working_directory)
{
    return path.starts_with('/') ? String::from(path) : joined(working_directory, path);
}

Result<> check_executable(std::string_view path)
{
    auto location = TRY(vfs().resolve_absolute(path));
    auto file_path = location.file_path();
    if (!S_ISREG(TRY(location.file_system->status(file_path, Follow::Yes)).st_mode))
        return Errno::Eacces;
    return location.file_system->check_access(file_path, X_OK, true, Follow::Yes);
}

} // namespace

Result<String> find_program(
    std::string_view name, std::string_view working_directory, std::span<std::string_view const> environment)
{
    if (name.find('/') != name.npos) {
        auto path = TRY(absolute(name, working_directory));
        TRY(check_executable(path));
        return path;
    }
    auto failure = Errno::Enoent;
    for (auto rest = search_path(environment);;) {
        auto end = rest.find(':');
        auto directory = TRY(absolute(rest.substr(0, end), working_directory)); // an empty one is the working directory
        auto path = TRY(joined(directory, name));
        auto checked = check_executable(path);
        if (checked.is_ok())
            return path;
        if (checked.error() == Errno::Eacces)
            failure = Errno::Eacces;
        if (end == rest.npos)
            return failure;
        rest.remove_prefix(end + 1);
    }
}

} // namespace farl
