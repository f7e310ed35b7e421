// HostSocket: a shielded stream's calls. The stream itself never waits; waiting is here. Its options and readiness are
// in shielded_socket_state.cpp.
#include "enclave/net/host_socket.h"

#include "enclave/net/peeked_stream.h"
#include "enclave/vfs/poll.h"

#include <algorithm>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

namespace farl {

namespace {

bool waits(File const& file, int flags) { return !file.is_nonblocking() && !(flags & MSG_DONTWAIT); }

} // namespace

Ref<ShieldedStream> HostSocket::shield() const
{
    if (!is_shielded())
        return nullptr;
    LockGuard guard(shield_lock_);
    return stream_;
}

Ref<ShieldedListener> HostSocket::listener() const
{
    if (!is_shielded())
        return nullptr;
    LockGuard guard(shield_lock_);
    return listener_;
}

void HostSocket::put_on(Ref<ShieldedStream> stream)
{
    stream->attach(readiness_);
    set_tcp_option(TCP_NODELAY, 1);
    if (is_corked_)
        set_tcp_option(TCP_CORK, 0); // set before there was a shield
    Ref<ShieldedStream> before;
    {
        LockGuard guard(shield_lock_);
        before = std::exchange(stream_, std::move(stream));
        is_shielded_.store(true, std::memory_order_release);
    }
    if (before)
        before->close({}, true); // a connection that was not to be
}

// What joins writes is inside. The host has nothing to wait for: what TLS says by itself, tickets and the end of the
// handshake, would hold back the program's first small write until it is acknowledged, which may take 40 ms.
void HostSocket::set_tcp_option(int name, int setting)
{
    Staging staging;
    auto value = staging.put_object(static_cast<int64_t>(setting));
    if (value.is_ok())
        (void)checked_status(
            host_call(SYS_setsockopt, descriptor_.number(), IPPROTO_TCP, name, value.value().value(), sizeof(int)));
}

// With its last reference.
void HostSocket::take_off_shield()
{
    if (naming_.connection)
        naming_.connection->close();
    if (listener_)
        listener_->stop();
    if (stream_)
        stream_->close(std::move(descriptor_), aborts_at_close_);
}

// shutdown(2) of a listening socket ends accept(2).
void HostSocket::stop_listening(int how)
{
    if (auto shielded = listener(); shielded && how != SHUT_WR)
        shielded->stop();
}

// ---- waiting

uint64_t HostSocket::deadline_of(std::atomic<uint64_t> const& timeout_ns) const
{
    auto timeout = timeout_ns.load(std::memory_order_relaxed);
    return timeout ? scheduler().now_ns() + timeout : kNever;
}

// EAGAIN at the deadline.
Result<> HostSocket::wait_for(uint32_t events, uint64_t deadline_ns)
{
    make_delayed_calls();
    PollEntry entry;
    entry.file = *this;
    entry.wanted = events;
    auto count = poll_files({ &entry, 1 }, deadline_ns);
    if (count.is_error() && count.error() == Errno::Eintr && has_timeout_.load(std::memory_order_relaxed))
        Carrier::current().fiber->restart = Restart::Never;
    return TRY(std::move(count)) ? Result<> {} : Errno::Eagain;
}

// ---- connections

Result<> HostSocket::listen_shielded(NetworkRule const& rule, int backlog)
{
    if (listener())
        return {};
    TRY(set_host_flags(O_NONBLOCK | (status_flags() & O_ASYNC)));
    auto most = static_cast<size_t>(std::clamp(backlog, 0, SOMAXCONN));
    auto port = bound_.value_or(InternetAddress {}).port;
    auto made = TRY(ShieldedListener::create(descriptor_.number(), port, most, rule.credentials(), readiness_));
    LockGuard guard(shield_lock_);
    listener_ = std::move(made);
    is_shielded_.store(true, std::memory_order_release);
    return {};
}

Result<Ref<Socket>> HostSocket::accept_shielded(ShieldedListener& listener, int flags, SocketAddress* peer)
{
    auto deadline = deadline_of(receive_timeout_ns_);
    for (;;) {
        auto taken = listener.take();
        if (taken.is_ok()) {
            auto accepted = taken.release_value();
            auto status = static_cast<uint32_t>(O_RDWR | (flags & SOCK_NONBLOCK));
            auto* socket = new (std::nothrow) HostSocket(std::move(accepted.descriptor), domain_, type_, status);
            if (!socket)
                return Errno::Enomem;
            socket->has_no_delay_ = has_no_delay_.load();
            socket->is_corked_ = is_corked_.load();
            socket->put_on(std::move(accepted.stream));
            if (peer)
                *peer = accepted.peer;
            return Ref<Socket>(adopt_ref(*socket));
        }
        if (taken.error() != Errno::Eagain || is_nonblocking())
            return taken.error();
        TRY(wait_for(kPollIn, deadline));
    }
}

// connect(2) on one that is there, or on its way.
Result<> HostSocket::connect_further(ShieldedStream& stream)
{
    if (stream.is_shaken())
        return Errno::Eisconn;
    return is_nonblocking() ? Errno::Ealready : finish_connecting(stream);
}

Result<> HostSocket::connect_shielded(NetworkRule const& rule, SocketAddress const& address)
{
    auto peer = InternetAddress::of(address).value_or(InternetAddress {});
    auto context = TRY(rule.credentials().current());
    auto stream = TRY(ShieldedStream::create(std::move(context), descriptor_.number(), { peer, peer.port }));
    put_on(stream);
    auto connected = connect_on_host(address);
    bool goes_on = connected.is_ok() || connected.error() == Errno::Einprogress || connected.error() == Errno::Eintr;
    if (!goes_on) {
        stream->close({}, true);
        LockGuard guard(shield_lock_);
        stream_ = nullptr;
        return connected;
    }
    TRY(stream->limit_handshake());
    if (connected.is_error() && connected.error() == Errno::Eintr)
        return connected;
    return is_nonblocking() ? Errno::Einprogress : finish_connecting(*stream);
}

Result<> HostSocket::finish_connecting(ShieldedStream& stream)
{
    auto deadline = deadline_of(send_timeout_ns_);
    for (;;) {
        auto shaken = stream.shake_hands();
        if (shaken.is_ok() || shaken.error() != Errno::Eagain)
            return shaken;
        auto waited = wait_for(kPollOut, deadline);
        if (waited.is_error())
            return waited.error() == Errno::Eagain ? Errno::Einprogress : waited.error();
    }
}

// ---- data

// Urgent data has no place in TLS.
Result<size_t> HostSocket::send_shielded(ShieldedStream& stream, OutgoingMessage const& message)
{
    if (message.flags & (MSG_OOB | MSG_FASTOPEN))
        return Errno::Eopnotsupp;
    auto deadline = deadline_of(send_timeout_ns_);
    auto total = message.data.size();
    bool waits_for_more = is_corked_ || (message.flags & MSG_MORE);
    size_t done = 0;
    for (;;) {
        auto sent = stream.write(message.data, done, waits_for_more);
        if (are_delayed_calls_due())
            make_delayed_calls();
        if (sent.is_ok())
            done += sent.value();
        bool would_wait = sent.is_ok() || sent.error() == Errno::Eagain;
        if (sent.is_ok() && done >= total)
            return done;
        auto error = !would_wait ? sent.error() : Errno::Eagain;
        if (would_wait && waits(*this, message.flags)) {
            auto waited = wait_for(kPollOut, deadline);
            if (waited.is_ok())
                continue;
            error = waited.error();
        }
        return done ? Result<size_t>(done) : error;
    }
}

// As recv(2) does with MSG_PEEK and MSG_WAITALL: nothing is taken, so the stream is readable all the while, and the
// wait is for so much of it. What cuts that short, a signal or the time-out, leaves what is there.
Result<> HostSocket::wait_for_all(ShieldedStream& stream, size_t size, uint64_t deadline_ns)
{
    PollEntry entry;
    entry.file = TRY(make_ref<PeekedStream>(*this, stream, size));
    entry.wanted = kPollIn;
    (void)poll_files({ &entry, 1 }, deadline_ns);
    return {};
}

Result<size_t> HostSocket::receive_shielded(ShieldedStream& stream, Sink const& sink, int flags)
{
    constexpr int kPeekAll = MSG_PEEK | MSG_WAITALL;
    if (flags & MSG_ERRQUEUE)
        return Errno::Eagain; // nothing ever gets there
    auto deadline = deadline_of(receive_timeout_ns_);
    if ((flags & kPeekAll) == kPeekAll && waits(*this, flags))
        TRY(wait_for_all(stream, sink.size(), deadline));
    size_t done = 0;
    for (;;) {
        auto received = stream.read(sink, done, flags);
        if (received.is_ok()) {
            done += received.value();
            bool goes_on = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) && received.value() && done < sink.size();
            if (!goes_on)
                return done;
            continue;
        }
        auto error = received.error();
        if (error == Errno::Eagain && waits(*this, flags)) {
            auto waited = wait_for(kPollIn, deadline);
            if (waited.is_ok())
                continue;
            error = waited.error();
        }
        return done ? Result<size_t>(done) : error;
    }
}

// A stream tells no sender, and nothing besides its bytes.
Result<size_t> HostSocket::receive_shielded_message(ShieldedStream& stream, IncomingMessage& message)
{
    auto count = TRY(receive_shielded(stream, message.data, message.flags));
    message.control_size = 0;
    message.flags = 0;
    return count;
}

Result<uint64_t> HostSocket::count_shielded(ShieldedStream& stream, uint64_t request, uint64_t argument)
{
    size_t count = request == FIONREAD ? stream.readable_size() : stream.unsent_size();
    TRY(UserOut<int> { argument }.write(static_cast<int>(std::min<size_t>(count, INT32_MAX))));
    return 0;
}

} // namespace farl
