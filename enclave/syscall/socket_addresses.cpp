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
    bool can_be_path = address.size > kPathStart && address.size <= sizeof(sockaddr_un) && family == AF_UNIX;
    if (!can_be_path || !address.bytes[kPathStart])
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
Result<> go_through(Ref<File> directory, std::string_view name, SocketName& result)
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
Result<> reach_from_host(Thread& caller, std::string_view path, SocketName& name)
{
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

Result<> find_inside(Location const& location, SocketName& name)
{
    constexpr uint32_t kMayWrite = 2;
    name.is_inside = true;
    TRY(location.file_system->check_access(location.file_path(), kMayWrite, true, Follow::No));
    name.place = TRY(location.file_system->open(location.file_path(), { .flags = O_PATH | O_CLOEXEC }));
    return {};
}

Result<> make_inside(Location const& location, SocketName& name, uint32_t mode)
{
    name.is_inside = true;
    auto made = location.file_system->make_node(location.file_path(), S_IFSOCK | mode, 0);
    if (made.is_error())
        return made.error() == Errno::Eexist ? Errno::Eaddrinuse : made.error();
    name.place = TRY(location.file_system->open(location.file_path(), { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC }));
    return {};
}

Result<SocketName> read_name(UserBytes address, int size)
{
    if (size < 0 || static_cast<size_t>(size) > SocketAddress::kLargest)
        return Errno::Einval;
    SocketName name;
    name.address.size = static_cast<size_t>(size);
    TRY(copy_from_user(name.address.bytes, address.address, name.address.size));
    return name;
}

// Null: there is no path, or it is none in enclave memory.
Result<std::optional<Location>> locate_inside(Thread& caller, SocketAddress const& address, Follow follow)
{
    auto path = unix_path(address);
    if (path.empty())
        return std::optional<Location> {};
    auto location = locate(caller, AT_FDCWD, path, follow);
    bool is_inside = location.is_ok() && location.value().file_system->keeps_sockets_inside();
    return is_inside ? std::optional(location.release_value()) : std::nullopt;
}

} // namespace

Result<SocketName> read_socket_address(Thread& caller, UserBytes address, int size)
{
    auto name = TRY(read_name(address, size));
    if (auto inside = TRY(locate_inside(caller, name.address, Follow::Yes)))
        TRY(find_inside(*inside, name));
    else if (auto path = unix_path(name.address); !path.empty())
        TRY(reach_from_host(caller, path, name));
    return name;
}

Result<SocketName> read_address_to_bind(Thread& caller, UserBytes address, int size, uint32_t mode)
{
    auto name = TRY(read_name(address, size));
    if (auto inside = TRY(locate_inside(caller, name.address, Follow::No)))
        TRY(make_inside(*inside, name, mode));
    else if (auto path = unix_path(name.address); !path.empty())
        TRY(reach_from_host(caller, path, name));
    return name;
}

Result<> remove_name(Thread& caller, SocketName const& name)
{
    auto location = TRY(locate_inside(caller, name.address, Follow::No));
    return location ? location->file_system->remove(location->file_path(), false) : Result<> {};
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
