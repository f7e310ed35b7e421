#include "owner/launch/root_directory.h"

#include "owner/launch/user_error.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>

namespace farl::owner {

namespace {

std::string real_path(std::string const& path)
{
    std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), &std::free);
    if (!resolved)
        throw UserError(kBadUsage, fmt::format("root directory {}: {}", path, std::strerror(errno)));
    return resolved.get();
}

Result<FileDescriptor> opened(long answer)
{
    if (answer < 0)
        return static_cast<Errno>(errno);
    return FileDescriptor(static_cast<int>(answer));
}

} // namespace

RootDirectory RootDirectory::open(std::string const& path)
{
    auto host_path = real_path(path);
    FileDescriptor directory(::open(host_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        throw UserError(kBadUsage, fmt::format("root directory {}: {}", path, std::strerror(errno)));
    return { std::move(host_path), std::move(directory) };
}

Result<FileDescriptor> RootDirectory::open_inside(std::string const& path, int flags) const
{
    if (is_whole_machine())
        return opened(::open(path.c_str(), flags | O_CLOEXEC));
    open_how how { .flags = static_cast<uint64_t>(flags | O_CLOEXEC), .mode = 0, .resolve = RESOLVE_IN_ROOT };
    return opened(syscall(SYS_openat2, directory_.get(), path.c_str(), &how, sizeof(how)));
}

Result<> RootDirectory::check_directory(std::string const& path) const
{
    TRY(open_inside(path, O_PATH | O_DIRECTORY));
    return {};
}

} // namespace farl::owner
