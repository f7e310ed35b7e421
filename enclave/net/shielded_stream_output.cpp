// ShieldedStream: what goes: from the program into records, and from there to the host.
#include "enclave/net/shielded_stream.h"

#include <algorithm>
#include <sys/epoll.h>

namespace farl {

namespace {

constexpr size_t kSealedAtOnce = 64 * 1024; // before the host is asked to take it
constexpr size_t kSent = 64 * 1024;
constexpr uint64_t kMostHeld_ns = 200'000'000; // tcp(7), TCP_CORK

} // namespace

// One record. The bytes are copied first: the program's may change, or not be there.
Result<> ShieldedStream::seal(Source const& source, size_t offset, size_t size)
{
    constexpr size_t kSmall = 2048; // on the stack
    std::byte small[kSmall];
    ByteQueue large;
    auto piece = size <= kSmall ? std::span(small, size) : TRY(large.reserve(size));
    TRY(source.copy_to(offset, piece.data(), size));
    auto written = tls_->write(piece);
    return written.is_ok() ? Result<> {} : fail_tls();
}

// As much as fits into one record with what is held.
Result<size_t> ShieldedStream::seal_or_hold(Source const& source, size_t offset, bool waits_for_more)
{
    auto size = std::min(source.size() - offset, TlsSession::kMostInRecord - held_.size());
    bool fills_record = held_.size() + size == TlsSession::kMostInRecord;
    bool is_last = offset + size == source.size();
    bool is_held = waits_for_more && is_last && !fills_record;
    if (!is_held && held_.is_empty()) {
        TRY(seal(source, offset, size));
        return size;
    }
    if (held_.is_empty())
        hold_until_ns_ = scheduler().now_ns() + kMostHeld_ns;
    auto room = TRY(held_.reserve(size));
    TRY(source.copy_to(offset, room.data(), size));
    held_.commit(size);
    if (is_held)
        limit_hold();
    else
        TRY(seal_held());
    return size;
}

Result<> ShieldedStream::seal_held()
{
    if (held_.is_empty())
        return {};
    auto written = tls_->write(held_.front());
    held_.consume(held_.size());
    return written.is_ok() ? Result<> {} : fail_tls();
}

// The reminder stays when what was held has gone, for more is likely to be soon; each wakes the reactor.
void ShieldedStream::limit_hold()
{
    if (hold_ticket_)
        return;
    auto ticket = shield_reactor().watch(*this, ShieldReactor::kNone, 0, hold_until_ns_);
    if (ticket.is_ok())
        hold_ticket_ = ticket.value();
    else
        (void)seal_held(); // nobody would
}

void ShieldedStream::stop_holding()
{
    held_.consume(held_.size());
    if (auto ticket = std::exchange(hold_ticket_, 0))
        shield_reactor().forget(ticket);
}

void ShieldedStream::push()
{
    LockGuard guard(lock_);
    if (phase_ == Phase::Open && seal_held().is_ok())
        (void)flush();
}

Result<size_t> ShieldedStream::write(Source const& source, size_t offset, bool waits_for_more)
{
    LockGuard guard(lock_);
    if (phase_ != Phase::Failed)
        TRY(advance());
    if (is_write_shut_ || phase_ == Phase::Failed)
        return take_failure(Errno::Epipe);
    if (!delayed_by_)
        TRY(flush());
    size_t done = 0;
    auto total = source.size() - offset;
    while (done < total && takes_output()) {
        while (done < total && tls_->outgoing().size() < kSealedAtOnce) {
            auto sealed = seal_or_hold(source, offset + done, waits_for_more);
            if (sealed.is_error() && !done)
                return sealed.error();
            if (sealed.is_error())
                break;
            done += sealed.value();
        }
        TRY(flush_or_delay());
    }
    return done || !total ? Result<size_t>(done) : Errno::Eagain;
}

size_t ShieldedStream::unsent_size()
{
    LockGuard guard(lock_);
    return held_.size() + tls_->outgoing().size();
}

// ---- to the host

Result<size_t> ShieldedStream::send_some()
{
    auto sealed = tls_->outgoing().front();
    auto size = std::min(sealed.size(), kSent);
    Staging staging;
    auto staged = TRY(staging.put(sealed.data(), size));
    return checked_count(
        host_call(SYS_sendto, descriptor_, staged.value(), size, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0), size);
}

// ---- together with what others send

// Only of connections that came: so what waits is never for one of those, but for who made one, and asks the host.
bool ShieldedStream::may_delay() const
{
    if (end_ != TlsEnd::Server || is_write_shut_ || tls_->outgoing().size() > CallBatch::kRoom)
        return false;
    return delayed_by_ ? delayed_by_ == Carrier::current().fiber : may_delay_call();
}

Result<> ShieldedStream::flush_or_delay()
{
    if (!may_delay())
        return flush();
    if (tls_->outgoing().is_empty() || delayed_by_)
        return {};
    delayed_by_ = Carrier::current().fiber;
    delay_call(*this);
    return {};
}

bool ShieldedStream::make_delayed(CallBatch& batch)
{
    if (!lock_.try_lock())
        return false;
    delayed_by_ = nullptr;
    if (!has_to_send()) {
        lock_.unlock();
        return true;
    }
    auto sealed = tls_->outgoing().front();
    auto size = std::min(sealed.size(), CallBatch::kRoom);
    ref();
    host_copy_out(batch.room(), sealed.data(), size);
    auto descriptor = static_cast<uint64_t>(descriptor_);
    batch.add(*this, SYS_sendto, { descriptor, batch.room().value(), size, MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0 });
    return true;
}

Result<> ShieldedStream::take_sent(HostAnswer answer)
{
    auto& outgoing = tls_->outgoing();
    auto count = checked_count(answer, std::min(outgoing.size(), CallBatch::kRoom));
    if (count.is_ok())
        outgoing.consume(count.value());
    else if (count.error() != Errno::Eagain)
        return fail(count.error());
    return outgoing.is_empty() ? Result<> {} : flush();
}

void ShieldedStream::make_delayed_alone()
{
    LockGuard guard(lock_);
    delayed_by_ = nullptr;
    if (has_to_send())
        (void)flush();
}

// ---- alone

// As much as the host takes now; the reactor sees to the rest.
Result<> ShieldedStream::flush()
{
    delayed_by_ = nullptr;
    auto& outgoing = tls_->outgoing();
    bool had_any = !outgoing.is_empty();
    while (!outgoing.is_empty()) {
        auto count = send_some();
        if (count.is_error() && count.error() == Errno::Eagain) {
            watch_output();
            return {};
        }
        if (count.is_error())
            return fail(count.error());
        outgoing.consume(count.value());
    }
    if (phase_ == Phase::Open && ticket_)
        unwatch();
    if (is_write_shut_ && phase_ != Phase::Failed)
        (void)checked_status(host_call(SYS_shutdown, descriptor_, SHUT_WR));
    if (had_any && phase_ == Phase::Open)
        notify(kPollOut | kPollWrNorm);
    return {};
}

void ShieldedStream::watch_output()
{
    constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLET;
    if (ticket_)
        return;
    auto ticket = shield_reactor().watch(*this, descriptor_, kEvents);
    ticket_ = ticket.is_ok() ? ticket.value() : 0; // else the next call of the program goes on with it
}

void ShieldedStream::unwatch()
{
    if (auto ticket = std::exchange(ticket_, 0))
        shield_reactor().forget(ticket);
}

} // namespace farl
