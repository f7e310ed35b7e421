#include "enclave/syscall/messages.h"

#include "enclave/process/process.h"
#include "enclave/syscall/control_messages.h"
#include "enclave/syscall/deadline.h"
#include "enclave/syscall/socket_addresses.h"

namespace farl {

namespace {

constexpr unsigned kMostMessages = 1024; // UIO_MAXIOV, of pieces too

// A stream nobody reads from also raises SIGPIPE, unless the sender asked for none.
Result<size_t> with_sigpipe(Thread& caller, Socket const& socket, int flags, Result<size_t> result)
{
    if (result.is_ok() || result.error() != Errno::Epipe || (flags & MSG_NOSIGNAL) || socket.type() != SOCK_STREAM)
        return result;
    caller.process().raise(caller, kSigPipe);
    return result;
}

// Unlike readv(2), too many pieces are EMSGSIZE.
Result<Vector<Segment>> read_pieces(msghdr const& header)
{
    if (header.msg_iovlen > kMostMessages)
        return Errno::Emsgsize;
    return read_iovec(reinterpret_cast<uint64_t>(header.msg_iov), static_cast<int64_t>(header.msg_iovlen));
}

Result<size_t> send_message(Thread& caller, Socket& socket, UserBytes user_header, int flags)
{
    auto header = TRY(UserIn<msghdr> { user_header.address }.read());
    auto segments = TRY(read_pieces(header));
    OutgoingMessage message { .data = Source(segments.span()), .flags = flags };
    SocketName to;
    if (header.msg_name && header.msg_namelen) {
        to = TRY(read_socket_address(
            caller, { reinterpret_cast<uint64_t>(header.msg_name) }, static_cast<int>(header.msg_namelen)));
        message.to = &to;
    }
    auto control = TRY(
        OutgoingControl::read(caller, socket, reinterpret_cast<uint64_t>(header.msg_control), header.msg_controllen));
    message.control = control.bytes.span();
    message.passed = &control.passed;
    return with_sigpipe(caller, socket, flags, socket.send(message));
}

// What recvmsg(2) changes in the header.
Result<> write_back(uint64_t user_header, msghdr const& header)
{
    TRY(UserOut<uint32_t> { user_header + offsetof(msghdr, msg_namelen) }.write(header.msg_namelen));
    TRY(UserOut<uint64_t> { user_header + offsetof(msghdr, msg_controllen) }.write(header.msg_controllen));
    return UserOut<int> { user_header + offsetof(msghdr, msg_flags) }.write(header.msg_flags);
}

Result<> write_name(SocketAddress const& from, msghdr& header)
{
    auto length = header.msg_namelen < from.stored() ? header.msg_namelen : from.stored();
    header.msg_namelen = static_cast<uint32_t>(from.size);
    return copy_to_user(reinterpret_cast<uint64_t>(header.msg_name), from.bytes, length);
}

Result<size_t> receive_message(Thread& caller, Socket& socket, UserBytes user_header, int flags)
{
    auto header = TRY(UserIn<msghdr> { user_header.address }.read());
    auto segments = TRY(read_pieces(header));
    if (header.msg_name && static_cast<int>(header.msg_namelen) < 0)
        return Errno::Einval;
    IncomingControl control;
    if (header.msg_control)
        TRY(control.reserve(header.msg_controllen));
    SocketAddress from;
    IncomingMessage message { .data = Sink(segments.span()),
        .flags = flags,
        .from = header.msg_name ? &from : nullptr,
        .control = control.bytes.span() };
    auto count = TRY(socket.receive(message));
    header.msg_flags = (message.flags & ~MSG_CMSG_CLOEXEC) | (flags & MSG_CMSG_CLOEXEC); // as Linux tells it back
    header.msg_flags |= TRY(control.deliver(caller, message, flags & MSG_CMSG_CLOEXEC));
    header.msg_controllen = control.size;
    TRY(copy_to_user(reinterpret_cast<uint64_t>(header.msg_control), control.bytes.data(), control.size));
    if (header.msg_name)
        TRY(write_name(from, header));
    else
        header.msg_namelen = 0;
    TRY(write_back(user_header.address, header));
    return count;
}

uint64_t header_address(UserBytes headers, int index)
{
    return headers.address + static_cast<uint64_t>(index) * sizeof(mmsghdr);
}

Result<> write_length(uint64_t header, size_t length)
{
    return UserOut<uint32_t> { header + offsetof(mmsghdr, msg_len) }.write(static_cast<uint32_t>(length));
}

} // namespace

// sendto(2)
Result<size_t> sys_sendto(Thread& caller, int fd, UserBytes bytes, size_t size, int flags, UserBytes to, int to_size)
{
    auto source = TRY(user_source(bytes, at_most_one_transfer(size)));
    auto socket = TRY(socket_of(caller, fd));
    OutgoingMessage message { .data = source, .flags = flags };
    SocketName name;
    if (to) {
        name = TRY(read_socket_address(caller, to, to_size));
        message.to = &name;
    }
    return with_sigpipe(caller, *socket, flags, socket->send(message));
}

// recvfrom(2)
Result<size_t> sys_recvfrom(
    Thread& caller, int fd, UserBytes bytes, size_t size, int flags, UserBytes from, UserInOut<int> from_size)
{
    auto sink = TRY(user_sink(bytes, at_most_one_transfer(size)));
    auto socket = TRY(socket_of(caller, fd));
    if (!from)
        return socket->receive_bytes(sink, flags);
    SocketAddress address;
    IncomingMessage message { .data = sink, .flags = flags, .from = &address };
    auto count = TRY(socket->receive(message));
    TRY(write_socket_address(address, from, from_size));
    return count;
}

// sendmsg(2)
Result<size_t> sys_sendmsg(Thread& caller, int fd, UserBytes header, int flags)
{
    return send_message(caller, *TRY(socket_of(caller, fd)), header, flags);
}

// recvmsg(2)
Result<size_t> sys_recvmsg(Thread& caller, int fd, UserBytes header, int flags)
{
    return receive_message(caller, *TRY(socket_of(caller, fd)), header, flags);
}

// sendmmsg(2): an error counts only if nothing was sent.
Result<int> sys_sendmmsg(Thread& caller, int fd, UserBytes headers, unsigned count, int flags)
{
    auto socket = TRY(socket_of(caller, fd));
    auto most = static_cast<int>(count < kMostMessages ? count : kMostMessages);
    int done = 0;
    while (done < most) {
        auto header = header_address(headers, done);
        auto sent = send_message(caller, *socket, { header }, flags);
        if (sent.is_ok() && write_length(header, sent.value()).is_error())
            sent = Errno::Efault;
        if (sent.is_error())
            return done ? Result<int>(done) : sent.error();
        ++done;
    }
    return done;
}

// recvmmsg(2): the time-out is looked at only between messages.
Result<int> sys_recvmmsg(Thread& caller, int fd, UserBytes headers, unsigned count, int flags, uint64_t timeout)
{
    auto socket = TRY(socket_of(caller, fd));
    auto deadline = TRY(read_timeout(timeout));
    auto most = static_cast<int>(count < kMostMessages ? count : kMostMessages);
    int done = 0;
    while (done < most) {
        auto header = header_address(headers, done);
        auto received = receive_message(caller, *socket, { header }, flags & ~MSG_WAITFORONE);
        if (received.is_ok() && write_length(header, received.value()).is_error())
            received = Errno::Efault;
        if (received.is_error())
            return done ? Result<int>(done) : received.error();
        ++done;
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (has_passed(deadline))
            break;
    }
    if (timeout)
        TRY(write_time_left(timeout, deadline));
    return done;
}

} // namespace farl
