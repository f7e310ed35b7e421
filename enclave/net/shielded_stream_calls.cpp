// ShieldedStream: what the program's calls ask of it.
#include "enclave/net/shielded_stream.h"

#include <algorithm>
#include <sys/epoll.h>

namespace farl {

namespace {

constexpr size_t kReadAhead = 64 * 1024;        // opened at most for one call
constexpr size_t kMostPeeked = 6 << 20;         // the same for who only looks: as net.ipv4.tcp_rmem at most
constexpr uint64_t kLinger_ns = 60'000'000'000; // for what is not sent when the program closes
constexpr uint64_t kGoodbye_ns = 1'000'000'000; // for all streams when it ends
constexpr uint32_t kReadable = kPollIn | kPollRdNorm, kWritable = kPollOut | kPollWrNorm;

constinit Spinlock open_lock;
constinit IntrusiveList<ShieldedStream, &ShieldedStream::open_link> open_streams;

} // namespace

void ShieldedStream::attach(ReadySource& readiness)
{
    LockGuard guard(lock_);
    readiness_ = &readiness;
    LockGuard all(open_lock);
    open_streams.push_back(*this);
}

// ---- reading

Result<size_t> ShieldedStream::give(Sink const& sink, size_t offset, int flags)
{
    auto size = std::min(sink.size() - offset, plain_.size());
    if (!(flags & MSG_TRUNC))
        TRY(sink.copy_from(offset, plain_.front().data(), size));
    if (!(flags & MSG_PEEK))
        plain_.consume(size);
    return size;
}

Result<size_t> ShieldedStream::read(Sink const& sink, size_t offset, int flags)
{
    if (flags & MSG_OOB)
        return Errno::Einval; // TLS has no urgent data
    LockGuard guard(lock_);
    if (phase_ != Phase::Failed && !is_read_shut_) {
        auto advanced = advance();
        if (advanced.is_error() && advanced.error() == Errno::Eagain)
            return Errno::Eagain;
    }
    auto wanted = sink.size() - offset;
    if (phase_ == Phase::Open && !is_read_shut_ && plain_.size() < wanted)
        (void)pump(std::min(wanted, kReadAhead), flags & MSG_PEEK); // a failure comes behind what was opened before
    if (!plain_.is_empty() || !wanted)
        return give(sink, offset, flags);
    if (auto error = std::exchange(cut_off_, std::nullopt)) {
        error_.reset();
        return *error;
    }
    return has_ended_ || is_read_shut_ || phase_ == Phase::Failed ? Result<size_t>(size_t { 0 }) : Errno::Eagain;
}

bool ShieldedStream::has_readable(size_t size)
{
    LockGuard guard(lock_);
    if (phase_ == Phase::Open && !is_read_shut_ && plain_.size() < size)
        (void)pump(std::min(size, kMostPeeked), true);
    return plain_.size() >= size || has_ended_ || is_read_shut_ || phase_ == Phase::Failed;
}

bool ShieldedStream::has_room_to_peek()
{
    LockGuard guard(lock_);
    return plain_.size() < kMostPeeked;
}

size_t ShieldedStream::readable_size()
{
    LockGuard guard(lock_);
    if (phase_ == Phase::Open)
        (void)pump(kReadAhead, true);
    return plain_.size();
}

Result<size_t> ShieldedStream::peer_certificate(std::span<std::byte> room)
{
    LockGuard guard(lock_);
    auto certificate = tls_->peer_certificate();
    if (certificate.empty())
        return Errno::Enodata;
    if (certificate.size() > room.size())
        return Errno::Emsgsize;
    memcpy(room.data(), certificate.data(), certificate.size());
    return certificate.size();
}

Result<String> ShieldedStream::describe()
{
    LockGuard guard(lock_);
    String lines;
    if (!is_shaken())
        return lines;
    for (auto text : { std::string_view("tls:\t"), tls_->version(), std::string_view("\ntls-resumed:\t"),
             std::string_view(tls_->is_resumed() ? "1\n" : "0\n") })
        TRY(lines.append(text));
    auto const names = TRY(tls_->peer_names());
    for (auto rest = names.view(); !rest.empty();) {
        auto const name = rest.substr(0, rest.find('\n') + 1);
        rest.remove_prefix(name.size());
        TRY(lines.append("tls-peer-name:\t"));
        TRY(lines.append(name));
    }
    return lines;
}

// ---- the end

Result<> ShieldedStream::shut_down(int how)
{
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
        return Errno::Einval;
    LockGuard guard(lock_);
    if (phase_ == Phase::Connecting || phase_ == Phase::Failed)
        return Errno::Enotconn;
    if (how != SHUT_WR)
        is_read_shut_ = true;
    if (how != SHUT_RD && !is_write_shut_) {
        is_write_shut_ = true;
        if (phase_ == Phase::Open && seal_held().is_ok())
            tls_->end();
        (void)flush();
    }
    notify(kReadable | kPollRdHup | kWritable | kPollHup);
    return {};
}

// Beyond what the host has: it knows of that itself.
bool ShieldedStream::has_unread()
{
    if (phase_ == Phase::Open && plain_.is_empty() && !tls_->incoming().is_empty() && !has_ended_)
        (void)open_records();
    return !plain_.is_empty();
}

// SO_LINGER of 0 seconds: socket(7).
void ShieldedStream::reset_on_host()
{
    Staging staging;
    auto setting = staging.put_object(linger { .l_onoff = 1, .l_linger = 0 });
    if (setting.is_ok())
        (void)checked_status(
            host_call(SYS_setsockopt, descriptor_, SOL_SOCKET, SO_LINGER, setting.value().value(), sizeof(linger)));
}

void ShieldedStream::close(HostDescriptor descriptor, bool abort)
{
    Ref<ShieldedStream> held(*this);
    LockGuard guard(lock_);
    readiness_ = nullptr;
    if (open_link.is_linked()) {
        LockGuard all(open_lock);
        open_streams.remove(*this);
    }
    if (!abort && phase_ == Phase::Open && has_unread()) {
        reset_on_host();
        abort = true;
    }
    if (phase_ == Phase::Open && !abort && !is_write_shut_) {
        is_write_shut_ = true;
        if (seal_held().is_ok())
            tls_->end();
        (void)flush();
    }
    stop_holding();
    unwatch();
    if (phase_ != Phase::Open || abort || tls_->outgoing().is_empty())
        return; // and the descriptor is closed
    auto deadline = scheduler().now_ns() + kLinger_ns;
    auto ticket = shield_reactor().watch(*this, descriptor_, EPOLLIN | EPOLLOUT | EPOLLET, deadline);
    if (ticket.is_error())
        return;
    ticket_ = ticket.value();
    is_abandoned_ = true;
    kept_ = std::move(descriptor);
}

void close_all_streams()
{
    auto deadline = scheduler().now_ns() + kGoodbye_ns;
    for (;;) {
        Ref<ShieldedStream> stream;
        {
            LockGuard all(open_lock);
            auto* first = open_streams.pop_front();
            if (!first)
                return;
            if (first->try_ref())
                stream = Ref<ShieldedStream>::adopt(*first);
        }
        if (!stream || stream->shut_down(SHUT_WR).is_error())
            continue;
        while (stream->unsent_size() && scheduler().now_ns() < deadline)
            scheduler().park(scheduler().now_ns() + 1'000'000); // the reactor sends it
    }
}

// ---- readiness

uint32_t ShieldedStream::events() const
{
    constexpr uint32_t kFailed = kReadable | kWritable | kPollHup | kPollRdHup;
    switch (phase_) {
    case Phase::Connecting:
    case Phase::Handshake:
        return 0;
    case Phase::Failed:
        return kFailed | (error_ ? kPollErr : 0);
    case Phase::Open:
        break;
    }
    bool is_at_end = has_ended_ || is_read_shut_;
    return (!plain_.is_empty() || is_at_end ? kReadable : 0) | (is_at_end ? kPollRdHup : 0)
        | (takes_output() || is_write_shut_ ? kWritable : 0) | (is_at_end && is_write_shut_ ? kPollHup : 0)
        | (has_host_hung_up_ && plain_.size() >= kReadAhead ? kPollRdHup : 0); // it cannot be looked further
}

uint32_t ShieldedStream::ready_events() { return look(true); }

uint32_t ShieldedStream::ready_events_since_hint() { return look(may_have_input_); }

uint32_t ShieldedStream::look(bool may_have_input)
{
    LockGuard guard(lock_);
    if (phase_ == Phase::Connecting || phase_ == Phase::Handshake)
        (void)advance();
    may_have_input |= !tls_->incoming().is_empty();
    if (phase_ == Phase::Open && may_have_input && (plain_.is_empty() || has_host_hung_up_) && !is_read_shut_)
        (void)pump(has_host_hung_up_ ? kReadAhead : 1, false);
    if (phase_ == Phase::Open && !takes_output())
        (void)flush();
    return events();
}

uint32_t ShieldedStream::host_interest(uint32_t wanted)
{
    LockGuard guard(lock_);
    uint32_t for_output = takes_output() ? 0 : kPollOut;
    switch (phase_) {
    case Phase::Connecting:
        return kPollOut;
    case Phase::Handshake:
        return kPollIn | for_output;
    case Phase::Failed:
        return 0;
    case Phase::Open:
        break;
    }
    bool wants_input = (wanted & (kReadable | kPollRdHup)) && plain_.is_empty() && !has_ended_;
    return (wants_input ? kPollIn : 0) | (wanted & kPollRdHup) | for_output;
}

void ShieldedStream::note_host_events(uint32_t events)
{
    if (events & (kPollIn | kPollErr | kPollHup | kPollRdHup))
        may_have_input_ = true;
    if ((events & (kPollErr | kPollHup | kPollRdHup)) && is_shaken())
        has_host_hung_up_ = true;
}

int ShieldedStream::take_error()
{
    LockGuard guard(lock_);
    auto error = std::exchange(error_, std::nullopt);
    return error ? static_cast<int>(*error) : 0;
}

} // namespace farl
