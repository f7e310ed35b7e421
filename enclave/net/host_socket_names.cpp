// HostSocket: connections by the stand-in of a host name. Until one is there the socket is neither in the clear nor
// shielded.
#include "enclave/net/host_socket.h"

#include "enclave/vfs/poll.h"

#include <algorithm>
#include <fcntl.h>

namespace farl {

HostSocket::Naming HostSocket::naming() const
{
    if (!is_naming_)
        return {};
    LockGuard guard(shield_lock_);
    return naming_;
}

Result<> HostSocket::connect_by_name(NetworkRule const& rule, std::string_view host, SocketAddress const& address)
{
    auto const peer = InternetAddress::of(address).value_or(InternetAddress {});
    Naming naming;
    if (rule.is_tls()) {
        auto context = TRY(rule.credentials().current());
        StreamName const name { peer, peer.port, host };
        naming.stream = TRY(ShieldedStream::create(std::move(context), descriptor_.number(), name));
    }
    HostPlace const place { host, peer.port, address };
    naming.connection = TRY(NamedConnection::create(descriptor_.number(), domain_, place, readiness_));
    TRY(set_host_flags(O_NONBLOCK | (status_flags() & O_ASYNC)));
    if (!begin_naming(naming))
        return Errno::Ealready;
    if (auto begun = naming.connection->begin(); begun.is_error()) {
        end_naming(nullptr);
        return begun;
    }
    return is_nonblocking() ? Errno::Einprogress : wait_for_connection();
}

// Whether nobody else has begun meanwhile.
bool HostSocket::begin_naming(Naming const& naming)
{
    Naming before; // let go without the lock
    LockGuard guard(shield_lock_);
    if (is_naming_)
        return false;
    before = std::exchange(naming_, naming);
    is_naming_ = true;
    return true;
}

// While one is on its way; connect(2) tells what became of it, too.
Result<> HostSocket::connect_again(SocketAddress const& address)
{
    if (!InternetAddress::of(address)) {
        end_naming(nullptr);
        return connect_on_host(address);
    }
    if (!is_nonblocking())
        return wait_for_connection();
    auto named = wait_for_name(false);
    return named.is_error() && named.error() == Errno::Eagain ? Errno::Ealready : named;
}

// One step; success also if none is on its way.
Result<> HostSocket::advance_naming()
{
    auto naming = this->naming();
    if (!naming.connection)
        return {};
    TRY(naming.connection->advance());
    auto taken = take_named(naming);
    if (taken.is_error()) {
        naming.connection->fail(taken.error());
        return taken;
    }
    end_naming(naming.connection);
    return {};
}

Result<> HostSocket::take_named(Naming& naming)
{
    is_plain_ = !naming.stream;
    if (is_plain_)
        return {};
    put_on(naming.stream);
    return naming.stream->limit_handshake();
}

// `there`: what is left of it, if it has come to something.
void HostSocket::end_naming(Ref<NamedConnection> there)
{
    Naming ended;
    bool was_naming;
    {
        LockGuard guard(shield_lock_);
        ended = std::exchange(naming_, { .connection = std::move(there) });
        was_naming = is_naming_.exchange(false);
    }
    if (!was_naming)
        return;
    ended.connection->close();
    if (!is_shielded())
        (void)set_host_flags(status_flags() & (O_NONBLOCK | O_ASYNC));
    readiness_.notify(kPollIn | kPollOut | kPollErr);
}

// EAGAIN: it takes longer, and nobody waits; EINPROGRESS: longer than SO_SNDTIMEO. Any other error is told once.
Result<> HostSocket::wait_for_name(bool waits)
{
    auto deadline = deadline_of(send_timeout_ns_);
    for (;;) {
        auto named = advance_naming();
        if (named.is_ok())
            return named;
        if (named.error() != Errno::Eagain) {
            end_naming(nullptr);
            return named;
        }
        if (!waits)
            return named;
        auto waited = wait_for(kPollOut, deadline);
        if (waited.is_error())
            return waited.error() == Errno::Eagain ? Errno::Einprogress : waited.error();
    }
}

Result<> HostSocket::wait_for_connection()
{
    TRY(wait_for_name(true));
    auto stream = shield();
    return stream ? finish_connecting(*stream) : Result<> {};
}

Result<> HostSocket::settle_name(int flags)
{
    auto settled = wait_for_name(!is_nonblocking() && !(flags & MSG_DONTWAIT));
    return settled.is_error() && settled.error() == Errno::Einprogress ? Errno::Eagain : settled;
}

Result<size_t> HostSocket::error_of_name(std::span<std::byte> value)
{
    auto named = wait_for_name(false);
    int const error = named.is_ok() || named.error() == Errno::Eagain ? 0 : static_cast<int>(named.error());
    auto size = std::min(value.size(), sizeof(error));
    memcpy(value.data(), &error, size);
    return size;
}

} // namespace farl
