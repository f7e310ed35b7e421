// ShieldedStream: what goes on beneath the calls: what comes, and failures.
#include "enclave/net/shielded_stream.h"

#include "enclave/hostcall/log.h"
#include "enclave/net/log_limit.h"
#include "enclave/net/shield_statistics.h"

#include <algorithm>

namespace farl {

namespace {

constexpr size_t kReceived = TlsSession::kMostInRecord + 512; // at a time: a record and what is around it

} // namespace

Result<Ref<ShieldedStream>> ShieldedStream::create(Ref<TlsContext> context, int descriptor, StreamName const& name)
{
    auto end = context->end();
    auto session = TRY(TlsSession::create(std::move(context), name.peer));
    auto* stream = new (std::nothrow) ShieldedStream(std::move(session), end, descriptor, name);
    if (!stream)
        return Errno::Enomem;
    return adopt_ref(*stream);
}

// ---- what comes

// Whether there was anything.
Result<bool> ShieldedStream::receive()
{
    try_delayed_calls(); // what comes may be an answer to them
    Staging staging;
    auto room = TRY(staging.reserve(kReceived));
    may_have_input_ = false; // before: what is said from here on may be about what comes behind
    auto answer = host_call(SYS_recvfrom, descriptor_, room.value(), kReceived, MSG_DONTWAIT, 0, 0);
    return take_received(answer, room, kReceived);
}

Result<bool> ShieldedStream::take_received(HostAnswer answer, HostAddress room, size_t size)
{
    auto count = checked_count(answer, size);
    if (count.is_error() || count.value() < size)
        drained_ = HostMoment::now();
    if (count.is_error())
        return count.error() == Errno::Eagain ? Result<bool>(false) : fail(count.error());
    if (count.value() == 0)
        return end_of_data();
    auto bytes = TRY(tls_->incoming().reserve(count.value()));
    host_copy_in(bytes.data(), room, count.value());
    tls_->incoming().commit(count.value());
    if (count.value() == size)
        may_have_input_ = true;
    return true;
}

// Programs read until there is no more. What this process itself sends to a connection that came is never delayed.
bool ShieldedStream::is_known_drained() const
{
    return end_ == TlsEnd::Server && !may_have_input_ && drained_ && drained_->is_still();
}

// Without waiting for the lock, for others are held.
void ShieldedStream::look_ahead(CallBatch& batch)
{
    if (!may_have_input_ || !lock_.try_lock())
        return;
    bool is_idle = plain_.is_empty() && tls_->incoming().is_empty();
    if (phase_ != Phase::Open || !is_idle || has_ended_ || is_read_shut_) {
        lock_.unlock();
        return;
    }
    ref();
    may_have_input_ = false;
    auto descriptor = static_cast<uint64_t>(descriptor_);
    batch.add(*this, SYS_recvfrom, { descriptor, batch.room().value(), CallBatch::kRoom, MSG_DONTWAIT, 0, 0 });
}

// A failure is an event like others.
void ShieldedStream::take_answer(uint64_t number, HostAnswer answer, HostAddress room)
{
    auto held = adopt_ref(*this);
    if (number == SYS_sendto)
        (void)take_sent(answer);
    else
        (void)take_received(answer, room, CallBatch::kRoom);
    lock_.unlock();
}

// Whoever is on the way can end a connection, but cannot say that its other side meant to.
Errno ShieldedStream::end_of_data()
{
    tell(phase_ == Phase::Open ? "it was cut off: its end was not announced" : "it ends within the handshake");
    return fail(Errno::Econnreset);
}

Result<size_t> ShieldedStream::open_records()
{
    auto room = TRY(plain_.reserve(TlsSession::kMostInRecord)); // all of a record: none of it stays behind
    auto count = tls_->read(room);
    if (count.is_error() && count.error() != Errno::Eagain)
        return fail_tls();
    if (count.is_error()) {
        plain_.consume(0);
        return count.error();
    }
    has_ended_ = count.value() == 0;
    plain_.commit(count.value());
    return count.value();
}

// Until so much is there to read, or the host has no more. A receive that was not filled was the last one, and who has
// something to read needs none unless the host hints at it: were it tried again at once, each message would cost two
// calls. `is_thorough`: for who does not take what is there, and waits for more of it.
Result<> ShieldedStream::pump(size_t enough, bool is_thorough)
{
    auto before = plain_.size();
    bool may_have_more = is_thorough || plain_.is_empty() || may_have_input_;
    Result<> result;
    while (plain_.size() < enough && !has_ended_) {
        auto opened = tls_->incoming().is_empty() ? Result<size_t>(Errno::Eagain) : open_records();
        if (opened.is_ok())
            continue;
        if (opened.error() != Errno::Eagain) {
            result = opened.error();
            break;
        }
        if (!may_have_more || is_known_drained())
            break;
        auto received = receive();
        if (received.is_error() || !received.value()) {
            result = received.is_error() ? received.error() : Result<> {};
            break;
        }
        may_have_more = tls_->incoming().size() >= kReceived;
    }
    if (phase_ == Phase::Open && !tls_->outgoing().is_empty())
        (void)flush(); // answers to updates of keys
    if (plain_.size() > before || has_ended_)
        notify(kPollIn | kPollRdNorm | (has_ended_ ? kPollRdHup : 0));
    return result;
}

// ---- failures

void ShieldedStream::tell(std::string_view why) const
{
    bool is_open = phase_ == Phase::Open;
    auto& statistics = shield_statistics();
    (is_open ? statistics.broken : statistics.refused).fetch_add(1, std::memory_order_relaxed);
    if (!may_log_shield())
        return;
    char text[64];
    Formatter peer(text);
    if (name_.host.empty())
        peer << name_.peer;
    else
        peer << ':' << name_.port;
    bool is_server = end_ == TlsEnd::Server;
    Log log(LogLevel::Warning);
    log << "network shield: " << (is_server ? "connection from " : "connection to ") << name_.host << peer.view();
    if (is_server)
        log << " to port " << name_.port;
    log << (is_open ? " ended: " : " refused: ") << why;
}

Errno ShieldedStream::fail_tls()
{
    tell(tls_->failure());
    (void)send_some(); // an alert; what is wrong counts more than whether that arrives
    return fail(end_ == TlsEnd::Client && phase_ != Phase::Open ? Errno::Econnrefused : Errno::Econnreset);
}

// Returns the error. Of what has come before, all that was opened can still be read.
Errno ShieldedStream::fail(Errno error)
{
    if (phase_ == Phase::Failed)
        return error;
    bool was_connecting = phase_ == Phase::Connecting;
    phase_ = Phase::Failed;
    error_ = error == Errno::Epipe ? Errno::Econnreset : error;
    if (!has_ended_)
        cut_off_ = error_;
    tls_->outgoing().consume(tls_->outgoing().size());
    stop_holding();
    unwatch();
    if (!was_connecting)
        (void)checked_status(host_call(SYS_shutdown, descriptor_, SHUT_RDWR));
    notify(kPollIn | kPollOut | kPollErr | kPollHup | kPollRdHup);
    return error;
}

// The error, once, and from then on another.
Errno ShieldedStream::take_failure(Errno otherwise)
{
    auto error = error_.value_or(otherwise);
    error_.reset();
    return error;
}

void ShieldedStream::notify(uint32_t events)
{
    if (readiness_)
        readiness_->notify(events);
}

// ---- the reactor

void ShieldedStream::host_is_ready()
{
    Ref<ShieldedStream> held(*this);
    LockGuard guard(lock_);
    if (phase_ == Phase::Connecting || phase_ == Phase::Handshake) {
        (void)advance();
        return;
    }
    if (phase_ == Phase::Open)
        (void)flush();
    if (is_abandoned_ && (phase_ == Phase::Failed || tls_->outgoing().is_empty())) {
        unwatch();
        kept_ = {};
    }
}

void ShieldedStream::deadline_has_passed()
{
    Ref<ShieldedStream> held(*this);
    LockGuard guard(lock_);
    if (phase_ == Phase::Connecting || phase_ == Phase::Handshake) {
        tell("the handshake takes too long");
        (void)fail(Errno::Etimedout);
    } else if (is_abandoned_) {
        (void)fail(Errno::Etimedout);
        kept_ = {};
    } else {
        shield_reactor().forget(std::exchange(hold_ticket_, 0));
        if (!held_.is_empty() && scheduler().now_ns() < hold_until_ns_)
            limit_hold();
        else if (seal_held().is_ok())
            (void)flush();
    }
}

} // namespace farl
