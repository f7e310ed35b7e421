#include "enclave/net/socket.h"

#include "enclave/net/host_connection.h"
#include "enclave/sched/carrier.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace farl {

namespace {

constexpr size_t kPiece = 1024 * 1024; // of a stream; what is not a stream goes whole
constexpr size_t kLargestMessage = HostArena::kLargest;
constexpr int kTypeMask = 0xf;
constexpr int kShieldLevel = 0x4641524c, kPeerCertificate = 1; // getsockopt(2): docs/formats/session.md
constexpr size_t kLargestReported = INT32_MAX;                 // by MSG_TRUNC

uint32_t status_of(int type) { return O_RDWR | (type & SOCK_NONBLOCK); }

// HOST: a length of an address is believed if it can be one.
Result<> read_address(SocketAddress& address, HostAddress bytes, size_t size)
{
    if (size > SocketAddress::kLargest)
        return host_lied("address length", static_cast<int64_t>(size));
    address.size = size;
    host_copy_in(address.bytes, bytes, size);
    return {};
}

// Room for an address and, behind it, its length: what accept(2) and its relatives fill in.
struct AddressRoom {
    HostAddress bytes;
    HostAddress size;

    static Result<AddressRoom> create(Staging& staging)
    {
        auto bytes = TRY(staging.reserve(SocketAddress::kLargest + 8));
        host_write_word(bytes + SocketAddress::kLargest, SocketAddress::kLargest);
        return AddressRoom { bytes, bytes + SocketAddress::kLargest };
    }
    Result<> read(SocketAddress& address) const
    {
        return read_address(address, bytes, static_cast<uint32_t>(host_read_word(size)));
    }
};

} // namespace

// ---- making

Socket::Socket(HostDescriptor descriptor, int domain, int type, uint32_t status_flags)
    : File(status_flags),
      descriptor_(std::move(descriptor)),
      domain_(domain),
      may_be_shielded_(NetworkRules::installed() && is_internet_stream(domain, type)),
      type_(type)
{
}

Socket::~Socket()
{
    end_watches();
    if (may_be_shielded_)
        take_off_shield();
}

Result<Ref<Socket>> Socket::create(int domain, int type, int protocol)
{
    auto descriptor = TRY(checked_descriptor(host_call(SYS_socket, domain, type | SOCK_CLOEXEC, protocol)));
    TRY(check_kind_of_socket(domain, type & kTypeMask, protocol)); // after what the host knows nothing of
    auto* socket = new (std::nothrow) Socket(std::move(descriptor), domain, type & kTypeMask, status_of(type));
    if (!socket)
        return Errno::Enomem;
    return adopt_ref(*socket);
}

Result<Ref<Socket>> Socket::adopt(HostDescriptor descriptor, uint32_t status_flags)
{
    auto* socket = new (std::nothrow) Socket(std::move(descriptor), 0, 0, status_flags);
    if (!socket)
        return Errno::Enomem;
    auto adopted = adopt_ref(*socket);
    TRY(socket->get_option(SOL_SOCKET, SO_TYPE, std::as_writable_bytes(std::span(&socket->type_, 1))));
    TRY(socket->get_option(SOL_SOCKET, SO_DOMAIN, std::as_writable_bytes(std::span(&socket->domain_, 1))));
    TRY(check_adopted_socket(socket->domain_));
    return adopted;
}

Result<Socket::Pair> Socket::create_pair(int domain, int type, int protocol)
{
    Staging staging;
    auto staged = TRY(staging.reserve(2 * sizeof(int)));
    TRY(checked_status(host_call(SYS_socketpair, domain, type | SOCK_CLOEXEC, protocol, staged.value())));
    auto numbers = host_read_word(staged);
    Pair pair;
    for (int i = 0; i < 2; ++i) {
        auto descriptor = TRY(checked_descriptor_value(static_cast<int>(numbers >> (32 * i))));
        auto* socket = new (std::nothrow) Socket(std::move(descriptor), domain, type & kTypeMask, status_of(type));
        if (!socket)
            return Errno::Enomem;
        pair.sockets[i] = adopt_ref(*socket);
        socket->has_peer_inside_ = true;
    }
    return pair;
}

HostAnswer Socket::call(uint64_t number, std::array<uint64_t, 6> arguments, int flags) const
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
bool Socket::discards(int flags) const { return (flags & MSG_TRUNC) && type_ == SOCK_STREAM && domain_ != AF_UNIX; }

// HOST: MSG_TRUNC tells the size of the whole message. A stream has none.
size_t Socket::most_received(int flags, size_t size) const
{
    return (flags & MSG_TRUNC) && type_ != SOCK_STREAM ? kLargestReported : size;
}

// ---- connections

Result<HostDescriptor> accept_host_connection(int listening, int flags, SocketAddress* peer)
{
    Staging staging;
    AddressRoom room;
    if (peer)
        room = TRY(AddressRoom::create(staging));
    auto accepted =
        TRY(checked_descriptor(host_call(SYS_accept4, listening, room.bytes.value(), room.size.value(), flags)));
    if (peer)
        TRY(room.read(*peer));
    return accepted;
}

Result<> Socket::bind(SocketAddress const& address)
{
    TRY(check_bind(address));
    Staging staging;
    auto staged = TRY(staging.put(address.bytes, address.stored()));
    TRY(checked_status(host_call(SYS_bind, descriptor_.number(), staged.value(), address.size)));
    note_bound(address);
    return {};
}

Result<> Socket::listen(int backlog)
{
    auto const* rule = may_be_shielded_ ? TRY(listening_rule()) : nullptr;
    TRY(checked_status(host_call(SYS_listen, descriptor_.number(), backlog)));
    return rule && rule->is_tls() ? listen_shielded(*rule, backlog) : Result<> {};
}

Result<Ref<Socket>> Socket::accept(int flags, SocketAddress* peer)
{
    if (auto shielded = listener())
        return accept_shielded(*shielded, flags, peer);
    if (may_be_shielded_ && !is_plain_)
        return Errno::Einval;
    Staging staging;
    AddressRoom room;
    if (peer)
        room = TRY(AddressRoom::create(staging));
    auto host_flags = static_cast<uint64_t>(flags) | SOCK_CLOEXEC;
    auto descriptor =
        TRY(checked_descriptor(call(SYS_accept4, { 0, room.bytes.value(), room.size.value(), host_flags })));
    auto* socket = new (std::nothrow) Socket(std::move(descriptor), domain_, type_, status_of(flags));
    if (!socket)
        return Errno::Enomem;
    auto accepted = adopt_ref(*socket);
    accepted->may_be_shielded_ = false; // the rule for where it came in says so
    if (peer)
        TRY(room.read(*peer));
    return accepted;
}

Result<> Socket::connect(SocketAddress const& address)
{
    TRY(check_destination(&address, 0));
    if (!may_be_shielded_ && NetworkRules::installed() && is_internet_stream(domain_, type_))
        return Errno::Eisconn; // as it was accepted, for good
    auto const* rule = may_be_shielded_ ? TRY(connecting_rule(address)) : nullptr;
    return rule && rule->is_tls() ? connect_shielded(*rule, address) : connect_on_host(address);
}

Result<> Socket::connect_on_host(SocketAddress const& address)
{
    Staging staging;
    auto staged = TRY(staging.put(address.bytes, address.stored()));
    return checked_status(call(SYS_connect, { 0, staged.value(), address.size }));
}

Result<SocketAddress> Socket::ask_address(uint64_t number)
{
    Staging staging;
    auto room = TRY(AddressRoom::create(staging));
    TRY(checked_status(host_call(number, descriptor_.number(), room.bytes.value(), room.size.value())));
    SocketAddress address;
    TRY(room.read(address));
    return address;
}

Result<SocketAddress> Socket::local_address() { return ask_address(SYS_getsockname); }

Result<SocketAddress> Socket::peer_address() { return ask_address(SYS_getpeername); }

Result<> Socket::shut_down(int how)
{
    if (auto stream = shield())
        return stream->shut_down(how);
    TRY(checked_status(host_call(SYS_shutdown, descriptor_.number(), how)));
    stop_listening(how);
    return {};
}

// ---- options

namespace {

// Options whose value is an address or a descriptor, or that need memory the host may keep.
bool is_refused_option(int level, int name)
{
    constexpr int kPassPidfd = 76, kPeerPidfd = 77, kAttachBpf = 50, kReuseCbpf = 51, kReuseEbpf = 52;
    if (level == SOL_SOCKET)
        return name == SO_ATTACH_FILTER || name == kAttachBpf || name == kReuseCbpf || name == kReuseEbpf
            || name == SO_ZEROCOPY || name == kPassPidfd || name == kPeerPidfd;
    return level == IPPROTO_TCP && name == TCP_ZEROCOPY_RECEIVE;
}

} // namespace

Result<> Socket::set_option(int level, int name, std::span<std::byte const> value)
{
    if (is_refused_option(level, name) || (may_be_shielded_ && goes_around_shield(level, name)))
        return Errno::Enoprotoopt;
    if (keeps_option(level, name))
        TRY(keep_option(value));
    if (keeps_option(level, name) && is_shielded())
        return {};
    Staging staging;
    auto staged = TRY(staging.put(value.data(), value.size()));
    TRY(checked_status(host_call(SYS_setsockopt, descriptor_.number(), level, name, staged.value(), value.size())));
    if (level == SOL_SOCKET)
        note_option(name, value);
    return {};
}

Result<size_t> Socket::get_option(int level, int name, std::span<std::byte> value)
{
    if (is_refused_option(level, name))
        return Errno::Enoprotoopt;
    if (level == kShieldLevel && name == kPeerCertificate)
        return peer_certificate(value);
    if (keeps_option(level, name) && is_shielded())
        return kept_option(value);
    Staging staging;
    auto size_room = TRY(staging.reserve(8));
    host_write_word(size_room, value.size());
    // Some options are read before they are written.
    auto staged = TRY(staging.put(value.data(), value.size()));
    TRY(checked_status(
        host_call(SYS_getsockopt, descriptor_.number(), level, name, staged.value(), size_room.value())));
    // HOST: the value is what it says; its length stays within the room.
    auto size = static_cast<uint32_t>(host_read_word(size_room));
    if (size > value.size())
        return host_lied("option length", size);
    host_copy_in(value.data(), staged, size);
    if (level == SOL_SOCKET && name == SO_ERROR)
        add_error_of_shield(value.first(size));
    return size;
}

Result<> Socket::set_status_flags(uint32_t flags)
{
    // What is shielded never waits at the host.
    uint32_t const kOnHost = is_shielded() ? O_ASYNC : O_NONBLOCK | O_ASYNC;
    if ((flags ^ status_flags()) & kOnHost)
        TRY(set_host_flags((flags & kOnHost) | (is_shielded() ? O_NONBLOCK : 0)));
    return File::set_status_flags(flags);
}

Result<> Socket::set_host_flags(uint32_t flags)
{
    return checked_status(host_call(SYS_fcntl, descriptor_.number(), F_SETFL, O_RDWR | flags));
}

Result<struct stat> Socket::status()
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_fstat, descriptor_.number(), out.value())));
    // HOST: plain values; the application takes them as it would outside.
    return host_read<struct stat>(out);
}

Result<struct statfs> Socket::file_system_status()
{
    constexpr uint64_t kSocketMagic = 0x534f434b; // SOCKFS_MAGIC
    return anonymous_file_system_status(kSocketMagic);
}

Result<> Socket::change_mode(uint32_t mode)
{
    return checked_status(host_call(SYS_fchmod, descriptor_.number(), mode));
}

Result<> Socket::change_owner(uint32_t uid, uint32_t gid)
{
    Staging staging;
    auto name = TRY(staging.put_string(""));
    return checked_status(host_call(SYS_fchownat, descriptor_.number(), name.value(), uid, gid, AT_EMPTY_PATH));
}

// ---- data

Result<size_t> Socket::read(Sink const& sink)
{
    if (!sink.size())
        return 0;
    if (auto stream = shield())
        return receive_shielded(*stream, sink, 0);
    auto size = sink.size() < kPiece ? sink.size() : kPiece;
    return receive_plain(sink, 0, size, 0);
}

Result<size_t> Socket::write(Source const& source)
{
    OutgoingMessage message { .data = source };
    return send(message);
}

Result<size_t> Socket::receive_plain(Sink const& sink, size_t offset, size_t size, int flags)
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

Result<size_t> Socket::send_piece(OutgoingMessage const& message, size_t offset, size_t size)
{
    Staging staging;
    auto data = TRY(staging.put(message.data, offset, size));
    // SIGPIPE is the enclave's own business.
    auto flags = static_cast<uint64_t>(message.flags) | MSG_NOSIGNAL;
    HostAddress name;
    if (message.to)
        name = TRY(staging.put(message.to->bytes, message.to->stored()));
    auto name_size = message.to ? message.to->size : 0;
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

Result<size_t> Socket::send_from(int host_descriptor, std::optional<uint64_t> offset, size_t size)
{
    TRY(check_plain(Errno::Epipe));
    Staging staging;
    // HOST: what it makes of the offset is not looked at.
    auto staged = offset ? TRY(staging.put_object(*offset)) : HostAddress {};
    auto from = static_cast<uint64_t>(host_descriptor);
    return checked_count(call(SYS_sendfile, { 0, from, staged.value(), size }), size);
}

Result<size_t> Socket::send(OutgoingMessage const& message)
{
    if (auto stream = shield())
        return send_shielded(*stream, message);
    TRY(check_destination(message.to, message.flags));
    TRY(check_plain(Errno::Epipe));
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
        TRY(read_address(*message.from, staged.name, header.msg_namelen));
    if (header.msg_controllen > message.control.size())
        return host_lied("control message length", static_cast<int64_t>(header.msg_controllen));
    message.control_size = header.msg_controllen;
    if (message.control_size)
        host_copy_in(message.control.data(), staged.control, message.control_size);
    message.flags = header.msg_flags;
    return {};
}

} // namespace

Result<size_t> Socket::receive(IncomingMessage& message)
{
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
Result<size_t> Socket::receive_bytes(Sink const& sink, int flags)
{
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
