// ShieldedStream: from a connection of the host to one that data flows through.
#include "enclave/net/shielded_stream.h"

#include "enclave/net/shield_statistics.h"

#include <poll.h>
#include <sys/epoll.h>

namespace farl {

namespace {

constexpr uint64_t kHandshakeLimit_ns = 10'000'000'000;

} // namespace

Result<> ShieldedStream::limit_handshake()
{
    LockGuard guard(lock_);
    if (phase_ != Phase::Connecting && phase_ != Phase::Handshake)
        return {};
    auto deadline = scheduler().now_ns() + kHandshakeLimit_ns;
    ticket_ = TRY(shield_reactor().watch(*this, descriptor_, EPOLLIN | EPOLLOUT | EPOLLET, deadline));
    return {};
}

// connect(2): a socket whose connection is there becomes writable.
Result<> ShieldedStream::check_connected()
{
    Staging staging;
    auto staged = TRY(staging.put_object(pollfd { descriptor_, POLLOUT, 0 }));
    auto count = TRY(checked_count(host_call(SYS_poll, staged.value(), 1, 0), 1));
    auto events = host_read<pollfd>(staged).revents;
    bool is_not_begun = (events & (POLLHUP | POLLERR)) == POLLHUP;
    if (!count || is_not_begun)
        return Errno::Eagain;
    auto room = TRY(staging.put_object(uint64_t { 0 }));
    auto size = TRY(staging.put_object(uint64_t { sizeof(int) }));
    TRY(checked_status(host_call(SYS_getsockopt, descriptor_, SOL_SOCKET, SO_ERROR, room.value(), size.value())));
    auto error = static_cast<uint32_t>(host_read_word(room));
    if (error)
        return fail(error < 4096 ? static_cast<Errno>(error) : Errno::Eio);
    phase_ = Phase::Handshake;
    return {};
}

Result<> ShieldedStream::step_handshake()
{
    for (;;) {
        auto shaken = tls_->shake_hands();
        if (shaken.is_error() && shaken.error() != Errno::Eagain)
            return fail_tls();
        TRY(flush());
        if (shaken.is_ok()) {
            finish_handshake();
            return {};
        }
        if (!TRY(receive()))
            return Errno::Eagain;
    }
}

void ShieldedStream::finish_handshake()
{
    phase_ = Phase::Open;
    is_shaken_.store(true, std::memory_order_release);
    auto& statistics = shield_statistics();
    (end_ == TlsEnd::Server ? statistics.accepted : statistics.connected).fetch_add(1, std::memory_order_relaxed);
    if (tls_->is_resumed())
        statistics.resumed.fetch_add(1, std::memory_order_relaxed);
    if (tls_->outgoing().is_empty())
        unwatch();
    notify(kPollOut | kPollWrNorm);
}

// To where data can flow. EAGAIN.
Result<> ShieldedStream::advance()
{
    if (phase_ == Phase::Connecting)
        TRY(check_connected());
    if (phase_ == Phase::Handshake)
        TRY(step_handshake());
    return {};
}

Result<> ShieldedStream::shake_hands()
{
    LockGuard guard(lock_);
    TRY(advance());
    return phase_ == Phase::Failed ? take_failure(Errno::Econnreset) : Result<> {};
}

} // namespace farl
