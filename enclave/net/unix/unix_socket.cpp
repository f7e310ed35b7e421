// UnixSocket: how it begins and ends, and what fstat(2) and poll(2) say of it.
#include "enclave/net/unix/unix_socket.h"

#include "enclave/net/unix/unix_credentials.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace farl {

namespace {

constexpr int kTypeMask = 0xf;
constexpr uint32_t kWritable = kPollOut | kPollWrNorm | kPollWrBand;

uint32_t status_of(int type) { return O_RDWR | static_cast<uint32_t>(type & SOCK_NONBLOCK); }

Result<int> checked_type(int type, int protocol)
{
    constexpr int kTypes = 11; // SOCK_MAX
    if (type >= kTypes)
        return Errno::Einval;
    if (protocol && protocol != PF_UNIX)
        return Errno::Eprotonosupport;
    if (type == SOCK_RAW)
        return int { SOCK_DGRAM }; // as Linux takes it
    bool is_known = type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET;
    return is_known ? Result<int>(type) : Errno::Esocktnosupport;
}

} // namespace

// ---- life

Result<Ref<UnixSocket>> UnixSocket::make(int type, uint32_t status_flags)
{
    auto* made = new (std::nothrow) UnixSocket(status_flags);
    if (!made)
        return Errno::Enomem;
    auto socket = adopt_ref(*made);
    auto inbox = TRY(make_ref<UnixQueue>(type, socket->readiness_));
    socket->port_ = TRY(make_ref<UnixPort>(type, std::move(inbox)));
    socket->sender_.readiness = &socket->readiness_;
    auto const owner = caller_credentials();
    socket->uid_ = owner.uid;
    socket->gid_ = owner.gid;
    return socket;
}

Result<Ref<UnixSocket>> UnixSocket::create(int type, int protocol)
{
    return make(TRY(checked_type(type & kTypeMask, protocol)), status_of(type));
}

Result<SocketPair> UnixSocket::create_pair(int type, int protocol)
{
    auto first = TRY(create(type, protocol));
    auto second = TRY(create(type, protocol));
    auto const credentials = effective_credentials();
    first->join(second->port_, credentials);
    second->join(first->port_, credentials);
    return SocketPair { { std::move(first), std::move(second) } };
}

UnixSocket::~UnixSocket()
{
    if (auto* host = outside()) {
        end_watches();
        host->unref();
    }
    if (!port_)
        return;
    port_->unbind();
    bool left_something = inbox().close();
    auto other = peer();
    if (other && has_connection()) {
        if (left_something)
            other->inbox().fail(Errno::Econnreset);
        other->inbox().shut();
    }
    part();
}

void UnixSocket::abandon()
{
    if (auto other = peer())
        other->inbox().fail(Errno::Econnreset);
}

Ref<UnixPort> UnixSocket::peer() const
{
    LockGuard guard(lock_);
    return peer_;
}

void UnixSocket::join(Ref<UnixPort> peer, ucred const& credentials)
{
    LockGuard joining(joining_);
    leave_peer();
    peer->inbox().attach(sender_);
    port_->set_correspondent(&peer->inbox());
    LockGuard guard(lock_);
    is_connected_ = true;
    peer_ = std::move(peer);
    peer_credentials_ = credentials;
}

void UnixSocket::part()
{
    LockGuard joining(joining_);
    leave_peer();
}

void UnixSocket::leave_peer()
{
    Ref<UnixPort> left;
    {
        LockGuard guard(lock_);
        left = std::move(peer_);
        is_connected_ = false;
    }
    port_->set_correspondent(nullptr);
    if (left)
        left->inbox().detach(sender_);
}

// Of a connection both directions are shut by either end, of datagrams one's own.
Result<> UnixSocket::shut_down(int how)
{
    if (auto* host = outside())
        return host->shut_down(how);
    if (how < SHUT_RD || how > SHUT_RDWR)
        return Errno::Einval;
    auto other = peer();
    if (how != SHUT_WR) {
        inbox().shut();
        if (auto listener = port_->listener())
            listener->shut();
    }
    if (how != SHUT_RD) {
        is_sending_shut_ = true;
        if (other && has_connection())
            other->inbox().shut();
    }
    return {};
}

// ---- status

Result<struct stat> UnixSocket::status()
{
    if (auto* host = outside())
        return host->status();
    auto status = anonymous_status(S_IFSOCK | mode_);
    status.st_dev = 8; // sockfs
    status.st_uid = uid_;
    status.st_gid = gid_;
    return status;
}

Result<struct statfs> UnixSocket::file_system_status()
{
    constexpr uint64_t kSocketMagic = 0x534f434b; // SOCKFS_MAGIC
    return anonymous_file_system_status(kSocketMagic);
}

Result<> UnixSocket::change_mode(uint32_t mode)
{
    mode_ = mode & 07777;
    auto* host = outside();
    return host ? host->change_mode(mode) : Result<> {};
}

Result<> UnixSocket::change_owner(uint32_t uid, uint32_t gid)
{
    if (auto* host = outside())
        return host->change_owner(uid, gid);
    if (uid != ~0u)
        uid_ = uid;
    if (gid != ~0u)
        gid_ = gid;
    return {};
}

Result<uint64_t> UnixSocket::control(uint64_t request, uint64_t argument)
{
    if (auto* host = outside())
        return host->control(request, argument);
    size_t count = 0;
    auto other = peer();
    switch (request) {
    case FIONREAD:
        if (port_->listener())
            return Errno::Einval;
        count = inbox().readable_size(has_connection());
        break;
    case SIOCOUTQ:
        count = other ? other->inbox().charged_size() : 0;
        break;
    case SIOCATMARK:
        break;
    case SIOCGPGRP:
    case FIOGETOWN:
        TRY(UserOut<int> { argument }.write(async_owner().id));
        return 0;
    default:
        // About the network's interfaces, which any socket can be asked for.
        return TRY(HostSocket::create(AF_UNIX, SOCK_DGRAM, 0))->control(request, argument);
    }
    TRY(UserOut<int> { argument }.write(static_cast<int>(count)));
    return 0;
}

// ---- readiness, as unix_poll() and unix_dgram_poll() of Linux have it

uint32_t UnixSocket::connection_events()
{
    auto other = peer();
    if (!other)
        return kPollHup | kWritable;
    bool is_over = inbox().is_shut() && other->inbox().is_shut();
    bool is_writable = other->inbox().is_writable(sends_at_most_, most_messages(*other));
    return (is_over ? kPollHup : 0) | (is_writable ? kWritable : 0);
}

uint32_t UnixSocket::ready_events()
{
    if (auto* host = outside())
        return host->ready_events();
    if (auto listener = port_->listener()) {
        uint32_t events = listener->has_any() ? kPollIn | kPollRdNorm : 0;
        return events | (listener->is_shut() ? kPollIn | kPollRdNorm | kPollRdHup | kPollHup : 0);
    }
    auto events = inbox().reader_events();
    if (has_connection())
        return events | connection_events();
    if (is_sending_shut_ && inbox().is_shut())
        events |= kPollHup;
    auto other = peer();
    bool is_writable = !other || other->inbox().is_writable(sends_at_most_, most_messages(*other));
    return events | (is_writable ? kWritable : 0);
}

} // namespace farl
