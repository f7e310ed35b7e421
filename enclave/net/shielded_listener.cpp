#include "enclave/net/shielded_listener.h"

#include "enclave/net/host_connection.h"

#include <sys/epoll.h>

namespace farl {

namespace {

constexpr size_t kMostHandshakes = 512; // at once; of more the oldest goes
constexpr uint64_t kPause_ns = 10'000'000;
constexpr uint64_t kHandshakeLimit_ns = 10'000'000'000;

} // namespace

// One connection at its handshake, on the reactor's fiber. It and its listener hold each other until that is over.
class ShieldedListener::Arrival final : public ShieldWatched {
public:
    Arrival(ShieldedListener& listener, AcceptedStream accepted)
        : listener_(listener),
          accepted(std::move(accepted)) { }

    Result<> start()
    {
        auto deadline = scheduler().now_ns() + kHandshakeLimit_ns;
        auto events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        ticket = TRY(shield_reactor().watch(*this, accepted.descriptor.number(), events, deadline));
        return {};
    }
    void host_is_ready() override
    {
        Ref<Arrival> held(*this);
        if (!accepted.stream)
            return;
        auto shaken = accepted.stream->shake_hands();
        if (shaken.is_error() && shaken.error() == Errno::Eagain)
            return;
        leave();
        if (shaken.is_ok())
            listener_->arrived(*this);
        else
            listener_->gave_up(*this);
    }
    void deadline_has_passed() override
    {
        Ref<Arrival> held(*this);
        if (!accepted.stream)
            return;
        accepted.stream->deadline_has_passed();
        leave();
        listener_->gave_up(*this);
    }
    void leave() { shield_reactor().forget(ticket.exchange(0)); }

    Ref<ShieldedListener> listener_;
    AcceptedStream accepted;
    std::atomic<ShieldReactor::Ticket> ticket { 0 };
};

ShieldedListener::ShieldedListener(
    int descriptor, uint16_t port, size_t backlog, RuleCredentials& credentials, ReadySource& readiness)
    : descriptor_(descriptor),
      port_(port),
      backlog_(backlog),
      credentials_(credentials),
      readiness_(&readiness)
{
}

Result<Ref<ShieldedListener>> ShieldedListener::create(
    int descriptor, uint16_t port, size_t backlog, RuleCredentials& credentials, ReadySource& readiness)
{
    (void)TRY(credentials.current()); // so that listen(2) fails if there are none
    auto* made = new (std::nothrow) ShieldedListener(descriptor, port, backlog, credentials, readiness);
    if (!made)
        return Errno::Enomem;
    auto listener = adopt_ref(*made);
    LockGuard guard(listener->lock_);
    listener->ticket_ = TRY(shield_reactor().watch(*listener, descriptor, EPOLLIN));
    return listener;
}

ShieldedListener::~ShieldedListener() = default;

void ShieldedListener::stop()
{
    Vector<Ref<Arrival>> arrivals;
    Vector<AcceptedStream> ready;
    LockGuard guard(lock_);
    is_stopped_ = true;
    if (auto* readiness = std::exchange(readiness_, nullptr))
        readiness->notify(kPollIn | kPollRdNorm | kPollHup | kPollRdHup);
    shield_reactor().forget(std::exchange(ticket_, 0));
    for (auto& arrival : arrivals_)
        arrival->leave();
    arrivals = std::move(arrivals_);
    ready = std::move(ready_);
    for (auto& accepted : ready)
        accepted.stream->close(std::move(accepted.descriptor), false);
}

Result<AcceptedStream> ShieldedListener::take()
{
    LockGuard guard(lock_);
    if (is_stopped_)
        return Errno::Einval;
    if (ready_.is_empty())
        return Errno::Eagain;
    auto first = std::move(ready_[0]);
    ready_.remove(0);
    if (is_full_) {
        is_full_ = false;
        shield_reactor().change(ticket_, EPOLLIN);
    }
    return first;
}

uint32_t ShieldedListener::ready_events()
{
    LockGuard guard(lock_);
    if (is_stopped_)
        return kPollIn | kPollRdNorm | kPollHup | kPollRdHup;
    return ready_.is_empty() ? 0 : kPollIn | kPollRdNorm;
}

// ---- on the reactor's fiber

Result<AcceptedStream> ShieldedListener::accept_from_host()
{
    AcceptedStream accepted;
    accepted.descriptor = TRY(accept_host_connection(descriptor_, SOCK_CLOEXEC, &accepted.peer));
    return accepted;
}

Result<> ShieldedListener::begin_handshake(AcceptedStream accepted)
{
    StreamName name { InternetAddress::of(accepted.peer).value_or(InternetAddress {}), port_ };
    auto context = TRY(credentials_.current());
    accepted.stream = TRY(ShieldedStream::create(std::move(context), accepted.descriptor.number(), name));
    auto arrival = TRY(make_ref<Arrival>(*this, std::move(accepted)));
    TRY(arrivals_.push(arrival));
    auto started = arrival->start();
    if (started.is_error())
        arrivals_.pop();
    return started;
}

// Whether there may be more.
Result<bool> ShieldedListener::admit_one()
{
    LockGuard guard(lock_);
    if (is_stopped_)
        return false;
    if (ready_.size() > backlog_) { // one more than that, as Linux
        is_full_ = true;
        shield_reactor().change(ticket_, 0);
        return false;
    }
    auto accepted = TRY(accept_from_host());
    if (arrivals_.size() >= kMostHandshakes)
        drop_oldest();
    (void)begin_handshake(std::move(accepted)); // without memory for it, the connection is closed
    return true;
}

void ShieldedListener::host_is_ready()
{
    constexpr int kMostInARow = 64;
    for (int i = 0; i < kMostInARow; ++i) {
        auto more = admit_one();
        if (more.is_error() && more.error() != Errno::Eagain && more.error() != Errno::Econnaborted)
            scheduler().park(scheduler().now_ns() + kPause_ns); // the host has no descriptor or no memory for it
        if (more.is_error() || !more.value())
            return;
    }
}

void ShieldedListener::drop_oldest()
{
    auto oldest = arrivals_[0];
    arrivals_.remove(0);
    oldest->leave();
    oldest->accepted.stream->deadline_has_passed();
    oldest->accepted = {};
}

void ShieldedListener::gave_up(Arrival& arrival)
{
    LockGuard guard(lock_);
    for (size_t i = 0; i < arrivals_.size(); ++i)
        if (arrivals_[i].get() == &arrival) {
            arrivals_.remove(i);
            break;
        }
    arrival.accepted = {};
}

void ShieldedListener::arrived(Arrival& arrival)
{
    AcceptedStream accepted = std::move(arrival.accepted);
    gave_up(arrival);
    LockGuard guard(lock_);
    if (is_stopped_ || ready_.push(std::move(accepted)).is_error())
        return;
    readiness_->notify(kPollIn | kPollRdNorm);
}

} // namespace farl
