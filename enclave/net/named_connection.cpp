#include "enclave/net/named_connection.h"

#include "abi/wire/hostcall.h"
#include "enclave/hostcall/log.h"
#include "enclave/net/internet_address.h"
#include "enclave/net/log_limit.h"

#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>

namespace farl {

namespace {

constexpr uint64_t kAnswerLimit_ns = 30'000'000'000;

using AddressBytes = std::array<uint8_t, 16>;

// None: a socket of this domain does not get there.
std::optional<SocketAddress> socket_address(int domain, AddressBytes const& bytes, uint16_t port)
{
    constexpr AddressBytes kMapped { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    constexpr size_t kPrefix = 12;
    port = __builtin_bswap16(port);
    SocketAddress name;
    if (domain == AF_INET) {
        if (memcmp(bytes.data(), kMapped.data(), kPrefix) != 0)
            return std::nullopt;
        sockaddr_in in { .sin_family = AF_INET, .sin_port = port, .sin_addr = {}, .sin_zero = {} };
        memcpy(&in.sin_addr, bytes.data() + kPrefix, sizeof(in.sin_addr));
        name.size = sizeof(in);
        memcpy(name.bytes, &in, sizeof(in));
        return name;
    }
    sockaddr_in6 in6 {};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = port;
    memcpy(&in6.sin6_addr, bytes.data(), bytes.size());
    name.size = sizeof(in6);
    memcpy(name.bytes, &in6, sizeof(in6));
    return name;
}

Result<HostDescriptor> ask_host(std::string_view host, int domain)
{
    Staging staging;
    auto staged = TRY(staging.put(host.data(), host.size()));
    auto raw = host_gate(wire::FarlCall::Resolve, staged.value(), host.size(), static_cast<uint64_t>(domain));
    return checked_descriptor(HostAnswer(raw));
}

} // namespace

Result<Ref<NamedConnection>> NamedConnection::create(
    int socket, int domain, HostPlace const& place, ReadySource& readiness)
{
    static_assert(kMost == wire::kMostResolved);
    auto* created = new (std::nothrow) NamedConnection(socket, domain, place, readiness);
    if (!created)
        return Errno::Enomem;
    return adopt_ref(*created);
}

Result<> NamedConnection::begin()
{
    LockGuard guard(lock_);
    answer_ = TRY(ask_host(place_.host, domain_));
    auto deadline = scheduler().now_ns() + kAnswerLimit_ns;
    ticket_ = TRY(shield_reactor().watch(*this, answer_.number(), EPOLLIN | EPOLLET, deadline));
    return {};
}

Result<> NamedConnection::advance()
{
    LockGuard guard(lock_);
    TRY(step());
    phase_ = Phase::Taken;
    return {};
}

Result<> NamedConnection::step()
{
    if (phase_ == Phase::Asking)
        TRY(take_answer());
    switch (phase_) {
    case Phase::Connecting:
        return try_addresses();
    case Phase::Connected:
        return {};
    case Phase::Failed:
        return error_;
    default:
        return Errno::Eagain;
    }
}

// ---- the answer

Result<size_t> NamedConnection::receive_answer()
{
    Staging staging;
    constexpr size_t kRoom = kMost * sizeof(Address);
    auto room = TRY(staging.reserve(kRoom));
    auto size = TRY(checked_count(host_call(SYS_read, answer_.number(), room.value(), kRoom), kRoom));
    // HOST: these addresses decide where bytes go, and nothing else: which rule counts was known before.
    host_copy_in(addresses_.data(), room, size);
    return size / sizeof(Address);
}

Result<> NamedConnection::take_answer()
{
    auto received = receive_answer();
    if (received.is_error() && received.error() == Errno::Eagain)
        return Errno::Eagain;
    stop_asking();
    count_ = received.is_ok() ? received.value() : 0;
    phase_ = Phase::Connecting;
    if (!count_)
        tell_unknown();
    return {};
}

void NamedConnection::stop_asking()
{
    shield_reactor().forget(std::exchange(ticket_, 0));
    answer_ = {};
}

void NamedConnection::tell_unknown() const
{
    if (may_log_shield())
        Log(LogLevel::Warning) << "network shield: connection to " << place_.host << ':' << place_.port
                               << " refused: the host knows no address of that name";
}

// ---- the addresses

Result<> NamedConnection::connect_to(Address const& address) const
{
    auto name = socket_address(domain_, address, place_.port);
    if (!name)
        return Errno::Ehostunreach;
    Staging staging;
    auto staged = TRY(staging.put(name->bytes, name->size));
    return checked_status(host_call(SYS_connect, socket_, staged.value(), name->size));
}

// connect(2), asked again, tells what became of it, and after a failure makes room for another attempt.
Result<> NamedConnection::try_addresses()
{
    for (; current_ < count_; ++current_) {
        auto connected = connect_to(addresses_[current_]);
        if (connected.is_ok()) {
            phase_ = Phase::Connected;
            return {};
        }
        error_ = connected.error();
        if (error_ == Errno::Einprogress || error_ == Errno::Ealready)
            return Errno::Eagain;
        if (error_ == Errno::Eagain)
            error_ = Errno::Eaddrnotavail;
    }
    phase_ = Phase::Failed;
    return error_;
}

void NamedConnection::fail(Errno error)
{
    LockGuard guard(lock_);
    phase_ = Phase::Failed;
    error_ = error;
}

std::optional<uint32_t> NamedConnection::host_interest()
{
    LockGuard guard(lock_);
    return phase_ == Phase::Asking ? std::nullopt : std::optional(kPollOut);
}

void NamedConnection::close()
{
    LockGuard guard(lock_);
    readiness_ = nullptr;
    stop_asking();
    phase_ = Phase::Taken;
}

// ---- the reactor

// Whoever waits looks again: for nothing, for the host, or for what is there now.
void NamedConnection::notify()
{
    if (readiness_)
        readiness_->notify(kPollIn | kPollOut | kPollErr | kPollHup);
}

void NamedConnection::host_is_ready()
{
    Ref<NamedConnection> held(*this);
    LockGuard guard(lock_);
    if (phase_ != Phase::Asking || (take_answer().is_error() && phase_ == Phase::Asking))
        return;
    (void)try_addresses();
    notify();
}

void NamedConnection::deadline_has_passed()
{
    Ref<NamedConnection> held(*this);
    LockGuard guard(lock_);
    if (phase_ != Phase::Asking)
        return;
    stop_asking();
    tell_unknown();
    phase_ = Phase::Failed;
    notify();
}

} // namespace farl
