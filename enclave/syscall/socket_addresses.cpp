#include "enclave/syscall/socket_addresses.h"

#include "enclave/process/process.h"

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

// The host does not know the working directory.
Result<> make_absolute(Thread& caller, SocketAddress& address)
{
    auto path = unix_path(address);
    if (path.empty() || path.front() == '/')
        return {};
    auto directory = TRY(caller.process().working_directory());
    auto base = directory.path.view();
    auto size = base.size() + 1 + path.size();
    if (size >= kPathRoom)
        return Errno::Enametoolong;
    char joined[kPathRoom] {};
    __builtin_memcpy(joined, base.data(), base.size());
    joined[base.size()] = '/';
    __builtin_memcpy(joined + base.size() + 1, path.data(), path.size());
    __builtin_memcpy(address.bytes + kPathStart, joined, size + 1);
    address.size = kPathStart + size + 1;
    return {};
}

} // namespace

Result<SocketAddress> read_socket_address(Thread& caller, UserBytes address, int size)
{
    if (size < 0 || static_cast<size_t>(size) > SocketAddress::kLargest)
        return Errno::Einval;
    SocketAddress value;
    value.size = static_cast<size_t>(size);
    TRY(copy_from_user(value.bytes, address.address, value.size));
    TRY(make_absolute(caller, value));
    return value;
}

Result<> write_socket_address(SocketAddress const& value, UserBytes address, UserInOut<int> size)
{
    auto room = TRY(size.read());
    if (room < 0)
        return Errno::Einval;
    auto length = static_cast<size_t>(room) < value.stored() ? static_cast<size_t>(room) : value.stored();
    TRY(copy_to_user(address.address, value.bytes, length));
    return size.write(static_cast<int>(value.size));
}

} // namespace farl
