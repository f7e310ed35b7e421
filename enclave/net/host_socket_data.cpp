// HostSocket: bytes and messages that go through the host as they are.
#include "enclave/net/host_socket.h"

#include "enclave/net/control_list.h"
#include "enclave/net/host_connection.h"
#include "enclave/sched/carrier.h"

namespace farl {

namespace {

constexpr size_t kPiece = 1024 * 1024; // of a stream; what is not a stream goes whole
constexpr size_t kLargestMessage = HostArena::kLargest;
constexpr size_t kLargestReported = INT32_MAX; // by MSG_TRUNC

} // namespace

HostAnswer HostSocket::call(uint64_t number, std::array<uint64_t, 6> arguments, int flags) const
{
    arguments[0] = static_cast<uint64_t>(descriptor_.number());
    if (is_nonblocking() || (flags & MSG_DONTWAIT))
        return host_call(number, arguments);
    auto answer = host_call_blocking(number, arguments);
    if (has_timeout_.load(std::memory_order_relaxed) && answer.unchecked() == -static_cast<int64_t>(Errno::Eintr))
        Carrier::current().fiber->restart = Restart::Never;
    return answer;
}

// Bytes of an Internet stream that MSG_TRUNC asked to throw away do not come.
bool HostSocket::discards(int flags) const { return (flags & MSG_TRUNC) && type_ == SOCK_STREAM && domain_ != AF_UNIX; }

// HOST: MSG_TRUNC tells the size of the whole message. A stream has none.
size_t HostSocket::most_received(int flags, size_t size) const
{
    return (flags & MSG_TRUNC) && type_ != SOCK_STREAM ? kLargestReported : size;
}

Result<size_t> HostSocket::read(Sink const& sink)
{
    if (!sink.size())
        return 0;
    TRY(settle(0));
    if (auto stream = shield())
        return receive_shielded(*stream, sink, 0);
    auto size = sink.size() < kPiece ? sink.size() : kPiece;
    return receive_plain(sink, 0, size, 0);
}

Result<size_t> HostSocket::write(Source const& source)
{
    OutgoingMessage message { .data = source };
    return send(message);
}

Result<size_t> HostSocket::receive_plain(Sink const& sink, size_t offset, size_t size, int flags)
{
    TRY(check_plain(Errno::Enotconn));
    Staging staging;
    auto buffer = TRY(staging.reserve(size));
    auto answer = call(SYS_recvfrom, { 0, buffer.value(), size, static_cast<uint64_t>(flags), 0, 0 }, flags);
    auto count = TRY(checked_count(answer, most_received(flags, size)));
    if (!discards(flags))
        TRY(sink.copy_from_host(offset, buffer, count < size ? count : size));
    return count;
}

Result<size_t> HostSocket::send_piece(OutgoingMessage const& message, size_t offset, size_t size)
{
    Staging staging;
    auto data = TRY(staging.put(message.data, offset, size));
    // SIGPIPE is the enclave's own business.
    auto flags = static_cast<uint64_t>(message.flags) | MSG_NOSIGNAL;
    HostAddress name;
    if (message.to)
        name = TRY(staging.put(message.to->address.bytes, message.to->address.stored()));
    auto name_size = message.to ? message.to->address.size : 0;
    if (message.control.empty())
        return checked_count(
            call(SYS_sendto, { 0, data.value(), size, flags, name.value(), name_size }, message.flags), size);

    iovec vector { reinterpret_cast<void*>(data.value()), size };
    msghdr header {};
    header.msg_name = reinterpret_cast<void*>(name.value());
    header.msg_namelen = static_cast<uint32_t>(name_size);
    header.msg_iov = reinterpret_cast<iovec*>(TRY(staging.put_object(vector)).value());
    header.msg_iovlen = 1;
    header.msg_control =
        reinterpret_cast<void*>(TRY(staging.put(message.control.data(), message.control.size())).value());
    header.msg_controllen = message.control.size();
    auto staged = TRY(staging.put_object(header));
    return checked_count(call(SYS_sendmsg, { 0, staged.value(), flags }, message.flags), size);
}

Result<size_t> HostSocket::send_from(int host_descriptor, std::optional<uint64_t> offset, size_t size)
{
    TRY(settle(0));
    TRY(check_plain(Errno::Epipe));
    Staging staging;
    // HOST: what it makes of the offset is not looked at.
    auto staged = offset ? TRY(staging.put_object(*offset)) : HostAddress {};
    auto from = static_cast<uint64_t>(host_descriptor);
    return checked_count(call(SYS_sendfile, { 0, from, staged.value(), size }), size);
}

// The host knows descriptors by its own numbers. EOPNOTSUPP for what it does not have: objects that are inside only.
Result<> HostSocket::translate_descriptors(OutgoingMessage const& message)
{
    if (!message.passed || message.passed->files.is_empty())
        return {};
    auto next = message.passed->files.begin();
    return replace_descriptors(message.control, Errno::Einval, [&](int) -> Result<int> {
        auto& file = **next++;
        if (file.host_descriptor() < 0 || file.ready_source())
            return Errno::Eopnotsupp;
        file.set_shared_with_host();
        return file.host_descriptor();
    });
}

Result<size_t> HostSocket::send(OutgoingMessage const& message)
{
    if (message.to && message.to->is_inside)
        return Errno::Econnrefused; // whoever has that name on the host is somebody else
    TRY(settle(message.flags));
    if (auto stream = shield())
        return send_shielded(*stream, message);
    TRY(check_destination(message.to ? &message.to->address : nullptr, message.flags));
    TRY(check_plain(Errno::Epipe));
    TRY(translate_descriptors(message));
    auto total = message.data.size();
    if (total <= kPiece || type_ != SOCK_STREAM) {
        if (total > kLargestMessage)
            return Errno::Emsgsize;
        return send_piece(message, 0, total);
    }
    // A stream that blocks takes everything.
    size_t done = 0;
    while (done < total) {
        auto size = total - done < kPiece ? total - done : kPiece;
        auto rest = message;
        if (done)
            rest.control = {};
        auto sent = send_piece(rest, done, size);
        if (sent.is_error())
            return done ? Result<size_t>(done) : sent.error();
        done += sent.value();
        if (sent.value() < size)
            break;
    }
    return done;
}

namespace {

// What recvmsg(2) is told, staged: the header and where its parts lie.
struct StagedMessage {
    HostAddress header, data, name, control;
    size_t size;

    static Result<StagedMessage> create(Staging& staging, IncomingMessage const& message, size_t size)
    {
        StagedMessage staged;
        staged.size = size;
        staged.data = TRY(staging.reserve(size));
        iovec vector { reinterpret_cast<void*>(staged.data.value()), size };
        msghdr header {};
        header.msg_iov = reinterpret_cast<iovec*>(TRY(staging.put_object(vector)).value());
        header.msg_iovlen = 1;
        if (message.from) {
            staged.name = TRY(staging.reserve(SocketAddress::kLargest));
            header.msg_name = reinterpret_cast<void*>(staged.name.value());
            header.msg_namelen = SocketAddress::kLargest;
        }
        if (!message.control.empty()) {
            staged.control = TRY(staging.reserve(message.control.size()));
            header.msg_control = reinterpret_cast<void*>(staged.control.value());
            header.msg_controllen = message.control.size();
        }
        staged.header = TRY(staging.put_object(header));
        return staged;
    }
};

// HOST: lengths are checked against the room they were given; what is in the control messages, by their reader.
Result<> take_answer(StagedMessage const& staged, IncomingMessage& message)
{
    auto header = host_read<msghdr>(staged.header);
    if (message.from)
        TRY(read_host_address(*message.from, staged.name, header.msg_namelen));
    if (header.msg_controllen > message.control.size())
        return host_lied("control message length", static_cast<int64_t>(header.msg_controllen));
    message.control_size = header.msg_controllen;
    if (message.control_size)
        host_copy_in(message.control.data(), staged.control, message.control_size);
    message.flags = header.msg_flags;
    return {};
}

} // namespace

Result<size_t> HostSocket::receive(IncomingMessage& message)
{
    TRY(settle(message.flags));
    if (auto stream = shield())
        return receive_shielded_message(*stream, message);
    TRY(check_plain(Errno::Enotconn));
    auto flags = message.flags & ~MSG_CMSG_CLOEXEC;
    auto limit = type_ == SOCK_STREAM ? kPiece : kLargestMessage;
    auto size = message.data.size() < limit ? message.data.size() : limit;
    Staging staging;
    auto staged = TRY(StagedMessage::create(staging, message, size));
    auto answer =
        call(SYS_recvmsg, { 0, staged.header.value(), static_cast<uint64_t>(flags | MSG_CMSG_CLOEXEC) }, flags);
    auto count = TRY(checked_count(answer, most_received(flags, size)));
    TRY(take_answer(staged, message));
    if (!discards(flags))
        TRY(message.data.copy_from_host(0, staged.data, count < size ? count : size));
    return count;
}

// MSG_WAITALL beyond one piece: until the end, an error or enough.
Result<size_t> HostSocket::receive_bytes(Sink const& sink, int flags)
{
    TRY(settle(flags));
    if (auto stream = shield())
        return receive_shielded(*stream, sink, flags);
    auto limit = type_ == SOCK_STREAM ? kPiece : kLargestMessage;
    size_t done = 0;
    for (;;) {
        auto left = sink.size() - done;
        auto size = left < limit ? left : limit;
        auto received = receive_plain(sink, done, size, flags);
        if (received.is_error())
            return done ? Result<size_t>(done) : received.error();
        done += received.value();
        bool goes_on = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) && received.value() == size && done < sink.size();
        if (!goes_on)
            return done;
    }
}

} // namespace farl
