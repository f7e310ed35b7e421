#include "enclave/syscall/sockets.h"

#include "enclave/net/unix/unix_socket.h"
#include "enclave/process/process.h"
#include "enclave/syscall/socket_addresses.h"

namespace farl {

namespace {

constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr size_t kLargestOption = 64 * 1024;

Result<int> number_for(Thread& caller, Ref<Socket> socket, int flags)
{
    return caller.process().descriptors.add(std::move(socket), flags & SOCK_CLOEXEC);
}

Result<> check_type(int type)
{
    if (type & ~(kFlags | 0xf))
        return Errno::Einval;
    return {};
}

Result<Ref<Socket>> create_socket(int domain, int type, int protocol)
{
    if (domain == AF_UNIX)
        return Ref<Socket>(TRY(UnixSocket::create(type, protocol)));
    return Ref<Socket>(TRY(HostSocket::create(domain, type, protocol)));
}

// Only Unix sockets come in pairs; what else is wrong is told first.
Result<SocketPair> create_pair(int domain, int type, int protocol)
{
    if (domain == AF_UNIX)
        return UnixSocket::create_pair(type, protocol);
    (void)TRY(HostSocket::create(domain, type, protocol));
    return Errno::Eopnotsupp;
}

// The name of a Unix socket gets the mode of the socket without what umask(2) takes; the host knows no mask of ours.
Result<> bind_unix(Thread& caller, Socket& socket, UserBytes address, int size)
{
    auto mode = TRY(socket.status()).st_mode & 07777;
    auto masked = mode & ~caller.process().umask.load();
    auto name = TRY(read_address_to_bind(caller, address, size, masked));
    TRY(socket.change_mode(masked));
    auto bound = socket.bind(name);
    TRY(socket.change_mode(mode));
    if (bound.is_error() && name.place)
        (void)remove_name(caller, name);
    return bound;
}

} // namespace

Result<Ref<Socket>> socket_of(Thread& caller, int fd)
{
    auto file = TRY(caller.file(fd));
    auto* socket = file->as_socket();
    if (!socket)
        return Errno::Enotsock;
    return Ref<Socket>(*socket);
}

// socket(2)
Result<int> sys_socket(Thread& caller, int domain, int type, int protocol)
{
    TRY(check_type(type));
    return number_for(caller, TRY(create_socket(domain, type, protocol)), type);
}

// socketpair(2)
Result<> sys_socketpair(Thread& caller, int domain, int type, int protocol, UserOut<int> numbers)
{
    TRY(check_type(type));
    int room[2];
    TRY(copy_from_user(room, numbers.address, sizeof(room)));
    TRY(copy_to_user(numbers.address, room, sizeof(room)));
    auto pair = TRY(create_pair(domain, type, protocol));
    auto& descriptors = caller.process().descriptors;
    auto first = TRY(number_for(caller, std::move(pair.sockets[0]), type));
    auto second = number_for(caller, std::move(pair.sockets[1]), type);
    if (second.is_error()) {
        (void)descriptors.remove(first);
        return second.error();
    }
    int both[2] { first, second.value() };
    auto written = copy_to_user(numbers.address, both, sizeof(both));
    if (written.is_error()) {
        (void)descriptors.remove(both[0]);
        (void)descriptors.remove(both[1]);
    }
    return written;
}

// bind(2)
Result<> sys_bind(Thread& caller, int fd, UserBytes address, int size)
{
    auto socket = TRY(socket_of(caller, fd));
    if (socket->domain() == AF_UNIX)
        return bind_unix(caller, *socket, address, size);
    return socket->bind(TRY(read_socket_address(caller, address, size)));
}

// listen(2)
Result<> sys_listen(Thread& caller, int fd, int backlog) { return TRY(socket_of(caller, fd))->listen(backlog); }

// accept(2)
Result<int> sys_accept(Thread& caller, int fd, UserBytes address, UserInOut<int> size)
{
    return sys_accept4(caller, fd, address, size, 0);
}

// accept4(2)
Result<int> sys_accept4(Thread& caller, int fd, UserBytes address, UserInOut<int> size, int flags)
{
    (void)TRY(caller.file(fd));
    if (flags & ~kFlags)
        return Errno::Einval;
    auto socket = TRY(socket_of(caller, fd));
    SocketAddress peer;
    auto accepted = TRY(socket->accept(flags, address ? &peer : nullptr));
    if (address)
        TRY(write_socket_address(peer, address, size));
    return number_for(caller, std::move(accepted), flags);
}

// connect(2)
Result<> sys_connect(Thread& caller, int fd, UserBytes address, int size)
{
    (void)TRY(caller.file(fd));
    auto name = TRY(read_socket_address(caller, address, size));
    return TRY(socket_of(caller, fd))->connect(name);
}

// getsockname(2)
Result<> sys_getsockname(Thread& caller, int fd, UserBytes address, UserInOut<int> size)
{
    return write_socket_address(TRY(TRY(socket_of(caller, fd))->local_address()), address, size);
}

// getpeername(2)
Result<> sys_getpeername(Thread& caller, int fd, UserBytes address, UserInOut<int> size)
{
    return write_socket_address(TRY(TRY(socket_of(caller, fd))->peer_address()), address, size);
}

// shutdown(2)
Result<> sys_shutdown(Thread& caller, int fd, int how) { return TRY(socket_of(caller, fd))->shut_down(how); }

// setsockopt(2)
Result<> sys_setsockopt(Thread& caller, int fd, int level, int name, UserBytes value, int size)
{
    auto socket = TRY(socket_of(caller, fd));
    if (size < 0)
        return Errno::Einval;
    auto length = static_cast<size_t>(size) < kLargestOption ? static_cast<size_t>(size) : kLargestOption;
    Vector<std::byte> bytes;
    TRY(bytes.resize(length));
    TRY(copy_from_user(bytes.data(), value.address, length));
    return socket->set_option(level, name, bytes.span());
}

// getsockopt(2)
Result<> sys_getsockopt(Thread& caller, int fd, int level, int name, UserBytes value, UserInOut<int> size)
{
    auto socket = TRY(socket_of(caller, fd));
    auto room = TRY(size.read());
    if (room < 0)
        return Errno::Einval;
    auto length = static_cast<size_t>(room) < kLargestOption ? static_cast<size_t>(room) : kLargestOption;
    Vector<std::byte> bytes;
    TRY(bytes.resize(length));
    auto filled = TRY(socket->get_option(level, name, bytes.span()));
    TRY(copy_to_user(value.address, bytes.data(), filled));
    return size.write(static_cast<int>(filled));
}

} // namespace farl
