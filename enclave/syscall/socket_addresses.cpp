#include "enclave/syscall/socket_addresses.h"

#include "base/format.h"
#include "enclave/syscall/target.h"

#include <fcntl.h>
#include <sys/un.h>

namespace farl {

namespace {

constexpr size_t kPathStart = offsetof(sockaddr_un, sun_path);
constexpr size_t kPathRoom = sizeof(sockaddr_un::sun_path);

// The path of a named Unix socket, or nothing.
std::string_view unix_path(SocketAddress const& address)
{
    sa_family_t family;
    __builtin_memcpy(&family, address.bytes, sizeof(family));
    if (address.size <= kPathStart || family != AF_UNIX || !address.bytes[kPathStart])
        return {};
    auto const* start = reinterpret_cast<char const*>(address.bytes) + kPathStart;
    auto most = address.stored() - kPathStart;
    auto limit = most < kPathRoom ? most : kPathRoom;
    size_t size = 0;
    while (size < limit && start[size])
        ++size;
    return { start, size };
}

Result<Ref<File>> open_directory(Location const& location)
{
    return location.file_system->open(location.file_path(), { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC });
}

// The path by way of an open directory, for a file system that is not the host's whole own.
Result<> go_through(Ref<File> directory, std::string_view name, HostName& result)
{
    if (directory->host_descriptor() < 0)
        return Errno::Eopnotsupp;
    char path[kPathRoom] {};
    Formatter text({ path, sizeof(path) - 1 });
    text << "/proc/self/fd/" << directory->host_descriptor() << '/' << name;
    if (text.view().size() == sizeof(path) - 1)
        return Errno::Enametoolong;
    __builtin_memcpy(result.address.bytes + kPathStart, path, text.view().size() + 1);
    result.address.size = kPathStart + text.view().size() + 1;
    result.directory = std::move(directory);
    return {};
}

// Where names mean the same outside they stay as they are, for the host tells them to others: a relative one only
// needs the host to stand in the application's working directory.
Result<> reach_from_host(Thread& caller, HostName& name)
{
    auto path = unix_path(name.address);
    if (path.empty())
        return {};
    auto slash = path.rfind('/');
    bool has_slash = slash != std::string_view::npos;
    auto parent = has_slash ? path.substr(0, slash ? slash : 1) : std::string_view(".");
    auto location = TRY(locate(caller, AT_FDCWD, parent, Follow::Yes));
    if (!location.file_system->shows_host_paths())
        return go_through(TRY(open_directory(location)), has_slash ? path.substr(slash + 1) : path, name);
    if (path.front() == '/')
        return {};
    return TRY(open_directory(TRY(locate(caller, AT_FDCWD, std::string_view("."), Follow::Yes))))->enter_on_host();
}

} // namespace

Result<HostName> read_socket_address(Thread& caller, UserBytes address, int size)
{
    if (size < 0 || static_cast<size_t>(size) > SocketAddress::kLargest)
        return Errno::Einval;
    HostName name;
    name.address.size = static_cast<size_t>(size);
    TRY(copy_from_user(name.address.bytes, address.address, name.address.size));
    TRY(reach_from_host(caller, name));
    return name;
}

Result<> write_socket_address(SocketAddress const& value, UserBytes address, UserInOut<int> size)
{
    auto room = TRY(size.read());
    if (room < 0)
        return Errno::Einval;
    auto length = static_cast<size_t>(room) < value.stored() ? static_cast<size_t>(room) : value.stored();
    TRY(size.write(static_cast<int>(value.size)));
    return copy_to_user(address.address, value.bytes, length);
}

} // namespace farl
