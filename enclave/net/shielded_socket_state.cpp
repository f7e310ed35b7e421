// HostSocket: a shielded stream's options, and when it is ready.
#include "enclave/net/host_socket.h"

#include "enclave/vfs/poll.h"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/time.h>

namespace farl {

namespace {

constexpr uint32_t kFailedEvents = kPollIn | kPollOut | kPollErr | kPollHup | kPollRdNorm | kPollWrNorm | kPollRdHup;
constexpr uint32_t kAllEvents = kPollIn | kPollPri | kPollOut | kPollRdNorm | kPollRdBand | kPollWrNorm | kPollRdHup;

} // namespace

// ---- options

Result<size_t> HostSocket::peer_certificate(std::span<std::byte> value) const
{
    auto stream = shield();
    return stream ? stream->peer_certificate(value) : Errno::Enoprotoopt;
}

Result<String> HostSocket::describe_shield() const
{
    auto stream = shield();
    return stream ? stream->describe() : String();
}

bool HostSocket::keeps_option(int level, int name) const
{
    return may_be_shielded_ && level == IPPROTO_TCP && (name == TCP_NODELAY || name == TCP_CORK);
}

// tcp(7): the end of a cork sends what it held back, and so does TCP_NODELAY beneath one.
Result<> HostSocket::keep_option(int name, std::span<std::byte const> value)
{
    int setting;
    if (value.size() < sizeof(setting))
        return Errno::Einval;
    memcpy(&setting, value.data(), sizeof(setting));
    (name == TCP_CORK ? is_corked_ : has_no_delay_) = setting != 0;
    if (auto stream = shield(); stream && (name == TCP_CORK) == !setting)
        stream->push();
    return {};
}

Result<size_t> HostSocket::kept_option(int name, std::span<std::byte> value) const
{
    int setting = name == TCP_CORK ? is_corked_ : has_no_delay_;
    auto size = std::min(value.size(), sizeof(setting));
    memcpy(value.data(), &setting, size);
    return size;
}

void HostSocket::note_option(int name, std::span<std::byte const> value)
{
    if (name == SO_LINGER && value.size() >= sizeof(linger)) {
        linger setting;
        memcpy(&setting, value.data(), sizeof(setting));
        aborts_at_close_ = setting.l_onoff && !setting.l_linger;
    }
    if ((name != SO_RCVTIMEO && name != SO_SNDTIMEO) || value.size() < sizeof(timeval))
        return;
    timeval setting;
    memcpy(&setting, value.data(), sizeof(setting));
    has_timeout_.store(true, std::memory_order_relaxed);
    auto timeout_ns =
        static_cast<uint64_t>(setting.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(setting.tv_usec) * 1000;
    (name == SO_RCVTIMEO ? receive_timeout_ns_ : send_timeout_ns_).store(timeout_ns, std::memory_order_relaxed);
}

// What the shield found wrong counts more than what became of the host's connection then.
void HostSocket::add_error_of_shield(std::span<std::byte> value)
{
    auto stream = shield();
    if (!stream || value.size() != sizeof(int))
        return;
    if (auto error = stream->take_error())
        memcpy(value.data(), &error, sizeof(error));
}

// ---- readiness

// HOST: as of any socket that is not shielded.
uint32_t HostSocket::ready_events()
{
    if (auto shielded = listener())
        return shielded->ready_events();
    if (auto named = advance_naming(); named.is_error())
        return named.error() == Errno::Eagain ? 0 : kFailedEvents;
    if (auto stream = shield())
        return stream->ready_events();
    Staging staging;
    auto staged = staging.put_object(pollfd { descriptor_.number(), static_cast<short>(kAllEvents), 0 });
    if (staged.is_error())
        return 0;
    auto count = checked_count(host_call(SYS_poll, staged.value().value(), 1, 0), 1);
    return count.is_ok() && count.value() ? static_cast<uint16_t>(host_read<pollfd>(staged.value()).revents) : 0;
}

uint32_t HostSocket::ready_events_since_hint()
{
    auto stream = shield();
    return stream ? stream->ready_events_since_hint() : ready_events();
}

void HostSocket::look_ahead(CallBatch& batch)
{
    if (auto stream = shield())
        stream->look_ahead(batch);
}

std::optional<uint32_t> HostSocket::host_interest(uint32_t wanted)
{
    if (listener())
        return std::nullopt;
    if (auto connection = naming().connection)
        return connection->host_interest();
    auto stream = shield();
    return stream ? stream->host_interest(wanted) : wanted;
}

// Edges, for each is a reason to look again, and none is an answer.
uint32_t HostSocket::host_watch(uint32_t wanted) const
{
    return may_be_shielded_ ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET : wanted;
}

void HostSocket::note_host_events(uint32_t events)
{
    LockGuard guard(shield_lock_); // and no reference, which could be the last one
    if (stream_)
        stream_->note_host_events(events);
}

} // namespace farl
