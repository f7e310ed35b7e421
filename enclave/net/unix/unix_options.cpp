// UnixSocket: options, socket(7) and unix(7).
#include "enclave/net/unix/unix_socket.h"

#include <algorithm>
#include <cstring>
#include <sys/time.h>

namespace farl {

namespace {

constexpr int kLargestBuffer = 4 * 1024 * 1024; // net.core.wmem_max of today's kernels
constexpr int kSmallestSendBuffer = 4608, kSmallestReceiveBuffer = 2304;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr int kReceiveTimeoutNew = 66, kSendTimeoutNew = 67; // the same structure on x86-64

// What means nothing here, and is told back as it was set.
constexpr uint64_t kKeptSwitches = 1ull << SO_DEBUG | 1ull << SO_REUSEADDR | 1ull << SO_DONTROUTE | 1ull << SO_BROADCAST
    | 1ull << SO_KEEPALIVE | 1ull << SO_OOBINLINE | 1ull << SO_REUSEPORT | 1ull << SO_TIMESTAMP;

bool is_kept_switch(int name) { return name > 0 && name < 64 && (kKeptSwitches >> name & 1); }

size_t put(std::span<std::byte> room, void const* value, size_t size)
{
    auto count = std::min(room.size(), size);
    memcpy(room.data(), value, count);
    return count;
}

Result<uint64_t> timeout_of(std::span<std::byte const> value)
{
    timeval time;
    if (value.size() < sizeof(time))
        return Errno::Einval;
    memcpy(&time, value.data(), sizeof(time));
    if (time.tv_usec < 0 || time.tv_usec >= 1'000'000)
        return Errno::Edom;
    constexpr int64_t kFarAway = 1ll << 33;
    if (time.tv_sec < 0)
        return uint64_t { 1 }; // it has passed
    auto seconds = static_cast<uint64_t>(std::min<int64_t>(time.tv_sec, kFarAway));
    return seconds * kSecond + static_cast<uint64_t>(time.tv_usec) * 1000;
}

timeval as_timeval(uint64_t ns)
{
    return { static_cast<time_t>(ns / kSecond), static_cast<suseconds_t>(ns % kSecond / 1000) };
}

size_t put_timeout(std::span<std::byte> room, uint64_t timeout_ns)
{
    auto const time = as_timeval(timeout_ns);
    return put(room, &time, sizeof(time));
}

} // namespace

// What it was told before it became one of the host's, that one is told too.
Result<> UnixSocket::hand_over(HostSocket& host) const
{
    auto set = [&](int name, auto value) {
        return host.set_option(SOL_SOCKET, name, std::as_bytes(std::span(&value, 1)));
    };
    if (passes_credentials_)
        TRY(set(SO_PASSCRED, 1));
    if (auto size = sends_at_most_.load(); size != kDefaultBuffer)
        TRY(set(SO_SNDBUF, static_cast<int>(size / 2)));
    if (auto size = receives_at_most_.load(); size != kDefaultBuffer)
        TRY(set(SO_RCVBUF, static_cast<int>(size / 2)));
    if (auto timeout_ns = receive_timeout_ns_.load())
        TRY(set(SO_RCVTIMEO, as_timeval(timeout_ns)));
    if (auto timeout_ns = send_timeout_ns_.load())
        TRY(set(SO_SNDTIMEO, as_timeval(timeout_ns)));
    return host.change_mode(mode_);
}

Result<> UnixSocket::set_buffer(std::atomic<uint32_t>& buffer, int wanted, int smallest)
{
    auto most = std::min(static_cast<uint32_t>(wanted), static_cast<uint32_t>(kLargestBuffer));
    buffer = std::max(most * 2, static_cast<uint32_t>(smallest));
    return {};
}

Result<> UnixSocket::set_option(int level, int name, std::span<std::byte const> value)
{
    if (auto* host = outside())
        return host->set_option(level, name, value);
    if (level != SOL_SOCKET)
        return Errno::Eopnotsupp;
    int number;
    if (value.size() < sizeof(number))
        return Errno::Einval;
    memcpy(&number, value.data(), sizeof(number));
    switch (name) {
    case SO_SNDBUF:
        return set_buffer(sends_at_most_, number, kSmallestSendBuffer);
    case SO_RCVBUF:
        return set_buffer(receives_at_most_, number, kSmallestReceiveBuffer);
    case SO_RCVTIMEO:
    case kReceiveTimeoutNew:
        receive_timeout_ns_ = TRY(timeout_of(value));
        return {};
    case SO_SNDTIMEO:
    case kSendTimeoutNew:
        send_timeout_ns_ = TRY(timeout_of(value));
        return {};
    case SO_PASSCRED:
        passes_credentials_ = number != 0;
        return {};
    case SO_LINGER:
        return value.size() < sizeof(linger) ? Errno::Einval : Result<> {}; // closing never waits
    case SO_PRIORITY:
    case SO_RCVLOWAT:
        return {};
    default:
        if (!is_kept_switch(name))
            return Errno::Enoprotoopt;
        auto const bit = 1ull << name;
        number ? switches_.fetch_or(bit) : switches_.fetch_and(~bit);
        return {};
    }
}

// Those whose value is a number.
Result<int> UnixSocket::simple_option(int name)
{
    switch (name) {
    case SO_TYPE:
        return type();
    case SO_DOMAIN:
        return int { AF_UNIX };
    case SO_PROTOCOL:
    case SO_PRIORITY:
        return 0;
    case SO_RCVLOWAT:
    case SO_SNDLOWAT:
        return 1;
    case SO_ERROR: {
        auto error = inbox().take_error();
        return error ? static_cast<int>(*error) : 0;
    }
    case SO_ACCEPTCONN:
        return port_->listener() ? 1 : 0;
    case SO_SNDBUF:
        return static_cast<int>(sends_at_most_);
    case SO_RCVBUF:
        return static_cast<int>(receives_at_most_);
    case SO_PASSCRED:
        return passes_credentials_ ? 1 : 0;
    default:
        if (!is_kept_switch(name))
            return Errno::Enoprotoopt;
        return switches_ >> name & 1 ? 1 : 0;
    }
}

ucred UnixSocket::peer_credentials() const
{
    LockGuard guard(lock_);
    return peer_credentials_;
}

Result<size_t> UnixSocket::get_option(int level, int name, std::span<std::byte> value)
{
    if (auto* host = outside())
        return host->get_option(level, name, value);
    if (level != SOL_SOCKET)
        return Errno::Eopnotsupp;
    switch (name) {
    case SO_RCVTIMEO:
    case kReceiveTimeoutNew:
        return put_timeout(value, receive_timeout_ns_);
    case SO_SNDTIMEO:
    case kSendTimeoutNew:
        return put_timeout(value, send_timeout_ns_);
    case SO_LINGER: {
        linger const none {};
        return put(value, &none, sizeof(none));
    }
    case SO_PEERCRED: {
        auto credentials = port_->listener() ? port_->owner() : peer_credentials();
        return put(value, &credentials, sizeof(credentials));
    }
    default:
        auto number = TRY(simple_option(name));
        return put(value, &number, sizeof(number));
    }
}

} // namespace farl
