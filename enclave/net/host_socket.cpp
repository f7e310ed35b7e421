// HostSocket: how it is made, connected, and what fstat(2) and its relatives say of it.
#include "enclave/net/host_socket.h"

#include "enclave/net/host_connection.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr int kTypeMask = 0xf;

uint32_t status_of(int type) { return O_RDWR | (type & SOCK_NONBLOCK); }

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
        return read_host_address(address, bytes, static_cast<uint32_t>(host_read_word(size)));
    }
};

} // namespace

// HOST: a length of an address is believed if it can be one.
Result<> read_host_address(SocketAddress& address, HostAddress bytes, size_t size)
{
    if (size > SocketAddress::kLargest)
        return host_lied("address length", static_cast<int64_t>(size));
    address.size = size;
    host_copy_in(address.bytes, bytes, size);
    return {};
}

// ---- making

HostSocket::HostSocket(HostDescriptor descriptor, int domain, int type, uint32_t status_flags)
    : Socket(status_flags),
      descriptor_(std::move(descriptor)),
      domain_(domain),
      may_be_shielded_(NetworkRules::installed() && is_internet_stream(domain, type)),
      is_mute_(is_refused_datagram(domain, type)),
      type_(type)
{
}

HostSocket::~HostSocket()
{
    end_watches();
    if (may_be_shielded_)
        take_off_shield();
}

Result<Ref<HostSocket>> HostSocket::create(int domain, int type, int protocol)
{
    auto descriptor = TRY(checked_descriptor(host_call(SYS_socket, domain, type | SOCK_CLOEXEC, protocol)));
    TRY(check_kind_of_socket(domain, type & kTypeMask, protocol)); // after what the host knows nothing of
    auto* socket = new (std::nothrow) HostSocket(std::move(descriptor), domain, type & kTypeMask, status_of(type));
    if (!socket)
        return Errno::Enomem;
    return adopt_ref(*socket);
}

Result<Ref<HostSocket>> HostSocket::adopt(HostDescriptor descriptor, uint32_t status_flags)
{
    auto* socket = new (std::nothrow) HostSocket(std::move(descriptor), 0, 0, status_flags);
    if (!socket)
        return Errno::Enomem;
    auto adopted = adopt_ref(*socket);
    TRY(socket->get_option(SOL_SOCKET, SO_TYPE, std::as_writable_bytes(std::span(&socket->type_, 1))));
    TRY(socket->get_option(SOL_SOCKET, SO_DOMAIN, std::as_writable_bytes(std::span(&socket->domain_, 1))));
    TRY(check_adopted_socket(socket->domain_));
    return adopted;
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

Result<> HostSocket::bind(SocketName const& name)
{
    if (name.is_inside)
        return Errno::Eaddrnotavail;
    auto const& address = name.address;
    TRY(check_bind(address));
    Staging staging;
    auto staged = TRY(staging.put(address.bytes, address.stored()));
    TRY(checked_status(host_call(SYS_bind, descriptor_.number(), staged.value(), address.size)));
    note_bound(address);
    return {};
}

Result<> HostSocket::listen(int backlog)
{
    auto const* rule = may_be_shielded_ ? TRY(listening_rule()) : nullptr;
    TRY(checked_status(host_call(SYS_listen, descriptor_.number(), backlog)));
    return rule && rule->is_tls() ? listen_shielded(*rule, backlog) : Result<> {};
}

Result<Ref<Socket>> HostSocket::accept(int flags, SocketAddress* peer)
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
    auto* socket = new (std::nothrow) HostSocket(std::move(descriptor), domain_, type_, status_of(flags));
    if (!socket)
        return Errno::Enomem;
    auto accepted = adopt_ref(*socket);
    accepted->may_be_shielded_ = false; // the rule for where it came in says so
    if (peer)
        TRY(room.read(*peer));
    return Ref<Socket>(std::move(accepted));
}

Result<> HostSocket::connect(SocketName const& name)
{
    if (name.is_inside)
        return Errno::Econnrefused;
    auto const& address = name.address;
    TRY(check_destination(&address, 0));
    if (is_naming_)
        return connect_again(address);
    if (!may_be_shielded_ && NetworkRules::installed() && is_internet_stream(domain_, type_))
        return Errno::Eisconn; // as it was accepted, for good
    auto const* rule = may_be_shielded_ ? TRY(connecting_rule(address)) : nullptr;
    if (!rule)
        return connect_on_host(address);
    if (auto stream = shield(); stream && !(stream->ready_events() & kPollHup))
        return connect_further(*stream);
    if (auto host = host_at(address); !host.empty())
        return connect_by_name(*rule, host, address);
    end_naming(nullptr);
    if (!rule->is_tls())
        is_plain_ = true;
    return rule->is_tls() ? connect_shielded(*rule, address) : connect_on_host(address);
}

Result<> HostSocket::connect_on_host(SocketAddress const& address)
{
    Staging staging;
    auto staged = TRY(staging.put(address.bytes, address.stored()));
    return checked_status(call(SYS_connect, { 0, staged.value(), address.size }));
}

Result<SocketAddress> HostSocket::ask_address(uint64_t number)
{
    Staging staging;
    auto room = TRY(AddressRoom::create(staging));
    TRY(checked_status(host_call(number, descriptor_.number(), room.bytes.value(), room.size.value())));
    SocketAddress address;
    TRY(room.read(address));
    return address;
}

Result<SocketAddress> HostSocket::local_address() { return ask_address(SYS_getsockname); }

// HOST: whether there is one is its word.
Result<SocketAddress> HostSocket::peer_address()
{
    (void)advance_naming();
    if (is_naming_)
        return Errno::Enotconn;
    auto address = TRY(ask_address(SYS_getpeername));
    LockGuard guard(shield_lock_);
    return naming_.connection ? naming_.connection->stand_in() : address;
}

Result<> HostSocket::shut_down(int how)
{
    if (is_naming_)
        return Errno::Enotconn;
    if (auto stream = shield())
        return stream->shut_down(how);
    TRY(checked_status(host_call(SYS_shutdown, descriptor_.number(), how)));
    stop_listening(how);
    return {};
}

// ---- status

Result<> HostSocket::set_status_flags(uint32_t flags)
{
    // What is shielded never waits at the host, nor who waits for a name.
    bool waits_inside = is_shielded() || is_naming_;
    uint32_t const kOnHost = waits_inside ? O_ASYNC : O_NONBLOCK | O_ASYNC;
    if ((flags ^ status_flags()) & kOnHost)
        TRY(set_host_flags((flags & kOnHost) | (waits_inside ? O_NONBLOCK : 0)));
    return File::set_status_flags(flags);
}

Result<> HostSocket::set_host_flags(uint32_t flags)
{
    return checked_status(host_call(SYS_fcntl, descriptor_.number(), F_SETFL, O_RDWR | flags));
}

Result<struct stat> HostSocket::status()
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_fstat, descriptor_.number(), out.value())));
    // HOST: plain values; the application takes them as it would outside.
    return host_read<struct stat>(out);
}

Result<struct statfs> HostSocket::file_system_status()
{
    constexpr uint64_t kSocketMagic = 0x534f434b; // SOCKFS_MAGIC
    return anonymous_file_system_status(kSocketMagic);
}

Result<> HostSocket::change_mode(uint32_t mode)
{
    return checked_status(host_call(SYS_fchmod, descriptor_.number(), mode));
}

Result<> HostSocket::change_owner(uint32_t uid, uint32_t gid)
{
    Staging staging;
    auto name = TRY(staging.put_string(""));
    return checked_status(host_call(SYS_fchownat, descriptor_.number(), name.value(), uid, gid, AT_EMPTY_PATH));
}

} // namespace farl
