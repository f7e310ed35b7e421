// UnixSocket: bytes and messages.
#include "enclave/net/unix/unix_credentials.h"
#include "enclave/net/unix/unix_socket.h"
#include "enclave/sched/carrier.h"

namespace farl {

namespace {

constexpr size_t kMostDatagrams = 11; // net.unix.max_dgram_qlen, and one

} // namespace

// 0: it does not wait.
uint64_t UnixSocket::deadline(int flags, std::atomic<uint64_t> const& timeout_ns) const
{
    if (is_nonblocking() || (flags & MSG_DONTWAIT))
        return 0;
    auto timeout = timeout_ns.load(std::memory_order_relaxed);
    return timeout ? scheduler().now_ns() + timeout : kNever;
}

void UnixSocket::forbid_restart_of_timed() const
{
    if (receive_timeout_ns_ || send_timeout_ns_)
        Carrier::current().fiber->restart = Restart::Never;
}

// ---- sending

Result<size_t> UnixSocket::write(Source const& source) { return send({ .data = source }); }

Result<> UnixSocket::check_sending(OutgoingMessage const& message)
{
    constexpr size_t kReserved = 32;
    if (message.flags & MSG_OOB)
        return Errno::Eopnotsupp;
    if (is_stream())
        return message.to ? (is_connected_ ? Errno::Eisconn : Errno::Eopnotsupp) : Result<> {};
    if (type() == SOCK_SEQPACKET)
        if (auto error = inbox().take_error())
            return *error;
    return message.data.size() > sends_at_most_ - kReserved ? Errno::Emsgsize : Result<> {};
}

// Null: it is the host's.
Result<Ref<UnixPort>> UnixSocket::destination(OutgoingMessage const& message)
{
    auto other = message.to && !has_connection() ? TRY(find(*message.to)) : peer();
    if (!other)
        return message.to && !has_connection() ? std::move(other) : Result<Ref<UnixPort>>(Errno::Enotconn);
    if (!has_connection() && is_sending_shut_)
        return Errno::Epipe;
    return other;
}

// Whom it is not connected to keeps only so many datagrams.
size_t UnixSocket::most_messages(UnixPort const& to) const
{
    return has_connection() || to.corresponds_with(inbox()) ? SIZE_MAX : kMostDatagrams;
}

// unix(7): who passes credentials has a name.
Result<Ref<UnixName>> UnixSocket::name_for_sending()
{
    if (passes_credentials_ && !port_->name())
        TRY(port_->bind_to_any());
    return port_->name();
}

Result<size_t> UnixSocket::send(OutgoingMessage const& message)
{
    if (auto* host = outside())
        return host->send(message);
    TRY(check_sending(message));
    auto to = TRY(destination(message));
    if (!to)
        return port_->name() || peer() ? Errno::Econnrefused : TRY(go_outside())->send(message);
    if (!to->takes_from(inbox()))
        return Errno::Eperm;
    Enclosure enclosure;
    if (message.passed)
        std::swap(static_cast<Passed&>(enclosure), *message.passed);
    if (!has_connection())
        enclosure.sender = TRY(name_for_sending());
    UnixQueue::SendTerms terms { sends_at_most_, most_messages(*to), deadline(message.flags, send_timeout_ns_) };
    auto sent = to->inbox().send(message.data, enclosure, terms);
    bool is_gone = sent.is_error() && sent.error() == Errno::Econnrefused;
    if (is_gone && to == peer())
        part();
    return unless_timed(std::move(sent));
}

// ---- receiving

Result<> UnixSocket::check_receiving(int flags) const
{
    if (flags & MSG_OOB)
        return is_stream() ? Errno::Einval : Errno::Eopnotsupp;
    if (!has_connection() || is_connected_)
        return {};
    return is_stream() ? Errno::Einval : Errno::Enotconn;
}

// MSG_WAITALL: until the end, an error, something that came along, or enough.
Result<UnixQueue::Received> UnixSocket::take_all(Sink const& sink, UnixQueue::ReceiveTerms const& terms)
{
    UnixQueue::Received all;
    for (;;) {
        auto received = inbox().receive(sink, all.count, terms);
        if (received.is_error())
            return all.count ? Result<UnixQueue::Received>(std::move(all)) : received.error();
        auto& part = received.value();
        bool is_end = !part.count || part.has_enclosure;
        part.count += all.count;
        all = std::move(part);
        if (is_end || all.count == sink.size())
            return all;
    }
}

Result<UnixQueue::Received> UnixSocket::take(Sink const& sink, int flags)
{
    TRY(check_receiving(flags));
    bool peeks = flags & MSG_PEEK;
    UnixQueue::ReceiveTerms terms { peeks, deadline(flags, receive_timeout_ns_) };
    bool wants_all = is_stream() && (flags & MSG_WAITALL) && !peeks;
    return unless_timed(wants_all ? take_all(sink, terms) : inbox().receive(sink, 0, terms));
}

Result<size_t> UnixSocket::read(Sink const& sink)
{
    if (auto* host = outside())
        return host->read(sink);
    if (!sink.size() && is_stream())
        return 0;
    return TRY(take(sink, 0)).count;
}

Result<size_t> UnixSocket::receive_bytes(Sink const& sink, int flags)
{
    if (auto* host = outside())
        return host->receive_bytes(sink, flags);
    auto received = TRY(take(sink, flags));
    return (flags & MSG_TRUNC) && !is_stream() ? received.message_size : received.count;
}

Result<size_t> UnixSocket::receive(IncomingMessage& message)
{
    if (auto* host = outside())
        return host->receive(message);
    auto const flags = message.flags;
    auto received = TRY(take(message.data, flags));
    bool is_cut = !is_stream() && received.message_size > received.count;
    message.flags = is_cut ? MSG_TRUNC : 0;
    message.control_size = 0;
    if (message.from) {
        auto other = has_connection() ? peer() : nullptr;
        auto name = other ? other->name() : received.enclosure.sender;
        *message.from = name ? name->address() : SocketAddress {};
    }
    message.passed = std::move(static_cast<Passed&>(received.enclosure));
    if (!passes_credentials_)
        message.passed.credentials.reset();
    else if (!message.passed.credentials)
        message.passed.credentials = real_credentials(); // there is one process
    return (flags & MSG_TRUNC) && !is_stream() ? received.message_size : received.count;
}

} // namespace farl
