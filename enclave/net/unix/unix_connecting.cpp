// UnixSocket: names, and connections to them.
#include "enclave/net/unix/unix_address.h"
#include "enclave/net/unix/unix_credentials.h"
#include "enclave/net/unix/unix_socket.h"

#include <algorithm>
#include <sys/stat.h>

namespace farl {

// ---- names

Result<> UnixSocket::bind(SocketName const& name)
{
    if (auto* host = outside())
        return host->bind(name);
    TRY(check_unix_address(name.address, sizeof(sa_family_t)));
    if (name.address.size == sizeof(sa_family_t))
        return port_->name() ? Result<> {} : port_->bind_to_any();
    if (!is_abstract(name.address) && !name.is_inside)
        return port_->name() ? Errno::Einval : TRY(go_outside())->bind(name);
    return port_->bind(TRY(make_ref<UnixName>(stored_unix_address(name.address), name.place)));
}

Result<SocketAddress> UnixSocket::local_address()
{
    if (auto* host = outside())
        return host->local_address();
    return address_of(port_->name().get());
}

Result<SocketAddress> UnixSocket::peer_address()
{
    if (auto* host = outside())
        return host->peer_address();
    auto other = peer();
    if (!other)
        return Errno::Enotconn;
    return address_of(other->name().get());
}

// Null: it is the host's, if anybody has it.
Result<Ref<UnixPort>> UnixSocket::find(SocketName const& name)
{
    TRY(check_unix_address(name.address, sizeof(sa_family_t) + 1));
    if (name.is_inside) {
        bool is_socket = S_ISSOCK(TRY(name.place->status()).st_mode);
        return is_socket ? UnixPort::find(name.address, name.place.get(), type()) : Errno::Econnrefused;
    }
    if (!is_abstract(name.address))
        return Ref<UnixPort> {};
    auto found = UnixPort::find(name.address, nullptr, type());
    bool may_be_outside = found.is_error() && !port_->name() && !is_connected_ && may_reach_host();
    return may_be_outside ? Ref<UnixPort> {} : std::move(found);
}

// ---- connections

Result<> UnixSocket::listen(int backlog)
{
    if (auto* host = outside())
        return host->listen(backlog);
    if (!has_connection())
        return Errno::Eopnotsupp;
    if (peer())
        return Errno::Einval;
    auto most = std::min(static_cast<unsigned>(backlog), static_cast<unsigned>(SOMAXCONN));
    auto listener = port_->listener();
    if (!listener)
        listener = TRY(make_ref<UnixListener>(readiness_));
    listener->set_backlog(most);
    return port_->listen(std::move(listener), effective_credentials());
}

Result<Ref<Socket>> UnixSocket::accept(int flags, SocketAddress* peer)
{
    if (auto* host = outside())
        return host->accept(flags, peer);
    if (!has_connection())
        return Errno::Eopnotsupp;
    auto listener = port_->listener();
    if (!listener)
        return Errno::Einval;
    auto socket = TRY(unless_timed(listener->take(deadline(0, receive_timeout_ns_))));
    TRY(socket->set_status_flags(O_RDWR | static_cast<uint32_t>(flags & SOCK_NONBLOCK)));
    socket->passes_credentials_ = passes_credentials_.load();
    if (peer)
        *peer = TRY(socket->peer_address());
    return Ref<Socket>(std::move(socket));
}

Result<> UnixSocket::connect(SocketName const& name)
{
    if (auto* host = outside())
        return host->connect(name);
    if (!has_connection() && name.address.size >= sizeof(sa_family_t) && family_of(name.address) == AF_UNSPEC) {
        part();
        return {};
    }
    auto to = TRY(find(name));
    if (!to)
        return port_->name() ? Errno::Econnrefused : TRY(go_outside())->connect(name);
    if (passes_credentials_ && !port_->name())
        TRY(port_->bind_to_any());
    if (has_connection())
        return unless_timed(connect_to(*to));
    if (!to->takes_from(inbox()))
        return Errno::Eperm;
    join(std::move(to), { 0, ~0u, ~0u });
    return {};
}

// The other end is made here, and accept(2) finds it. ECONNREFUSED if nobody listens.
Result<> UnixSocket::connect_to(UnixPort& to)
{
    auto listener = to.listener();
    if (!listener || listener->is_shut())
        return Errno::Econnrefused;
    if (peer())
        return Errno::Eisconn;
    if (port_->listener())
        return Errno::Einval;
    if (is_connecting_.exchange(true))
        return Errno::Ealready;
    auto server = make(type(), O_RDWR);
    auto added = server.is_error() ? Result<> { server.error() } : Result<> {};
    if (added.is_ok()) {
        auto& other = *server.value();
        other.port_->share_name(to.name());
        other.join(port_, effective_credentials());
        added = listener->add(server.value(), deadline(0, send_timeout_ns_));
        if (added.is_ok())
            join(other.port_, to.owner());
        else
            other.part(); // its end is not to be this one's
    }
    is_connecting_ = false;
    return added;
}

} // namespace farl
