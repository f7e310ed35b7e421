#include "enclave/net/shield_reactor.h"

#include "enclave/hostcall/service_fiber.h"

#include <sys/epoll.h>
#include <time.h>

namespace farl {

namespace {

constinit ShieldReactor the_reactor {};
constexpr size_t kMostEvents = 64;
constexpr uint64_t kSecond_ns = 1'000'000'000;

ShieldReactor::Ticket ticket_of(size_t index, uint32_t generation)
{
    return static_cast<uint64_t>(generation) << 32 | index;
}

} // namespace

ShieldReactor& shield_reactor() { return the_reactor; }

Result<> ShieldReactor::start()
{
    if (is_started_)
        return {};
    epoll_ = TRY(checked_descriptor(host_call(SYS_epoll_create1, EPOLL_CLOEXEC)));
    TRY(ServiceFiber::start(run, this));
    is_started_ = true;
    return {};
}

// HOST: a ticket that comes from there is looked up like any number.
ShieldReactor::Place* ShieldReactor::find(Ticket ticket)
{
    auto index = static_cast<uint32_t>(ticket);
    if (index >= places_.size() || places_[index].generation != ticket >> 32 || !places_[index].watched)
        return nullptr;
    return &places_[index];
}

Result<size_t> ShieldReactor::free_place()
{
    for (size_t i = 0; i < places_.size(); ++i)
        if (!places_[i].watched)
            return i;
    TRY(places_.push({}));
    return places_.size() - 1;
}

Result<> ShieldReactor::control(int operation, Ticket ticket, int descriptor, uint32_t events)
{
    epoll_event event {};
    event.events = events;
    event.data.u64 = ticket;
    Staging staging;
    auto staged = TRY(staging.put_object(event));
    return checked_status(host_call(SYS_epoll_ctl, epoll_.number(), operation, descriptor, staged.value()));
}

Result<ShieldReactor::Ticket> ShieldReactor::watch(
    Ref<ShieldWatched> watched, int descriptor, uint32_t events, uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    TRY(start());
    auto index = TRY(free_place());
    auto& place = places_[index];
    auto ticket = ticket_of(index, ++place.generation);
    if (descriptor != kNone)
        TRY(control(EPOLL_CTL_ADD, ticket, descriptor, events));
    place.watched = std::move(watched);
    place.descriptor = descriptor;
    place.deadline_ns = deadline_ns;
    if (deadline_ns < next_deadline_ns_) {
        next_deadline_ns_ = deadline_ns;
        if (fiber_)
            scheduler().kick(*fiber_);
    }
    return ticket;
}

void ShieldReactor::change(Ticket ticket, uint32_t events)
{
    LockGuard guard(lock_);
    if (auto* place = find(ticket))
        (void)control(EPOLL_CTL_MOD, ticket, place->descriptor, events);
}

void ShieldReactor::forget(Ticket ticket)
{
    Ref<ShieldWatched> last; // let go without the lock
    LockGuard guard(lock_);
    auto* place = find(ticket);
    if (!place)
        return;
    if (place->descriptor != kNone)
        (void)control(EPOLL_CTL_DEL, ticket, place->descriptor, 0);
    last = std::move(place->watched);
    place->watched = nullptr;
    place->deadline_ns = kNever;
}

// ---- its fiber

Result<size_t> ShieldReactor::collect(HostAddress events, Ticket (&ready)[64], uint64_t timeout_address)
{
    auto answer = host_call_blocking(SYS_epoll_pwait2,
        { static_cast<uint64_t>(epoll_.number()), events.value(), kMostEvents, timeout_address, 0, 8 },
        OnInterrupt::Return);
    auto count = TRY(checked_count(answer, kMostEvents));
    for (size_t i = 0; i < count; ++i) {
        epoll_event event;
        host_copy_in(&event, events + i * sizeof(event), sizeof(event));
        ready[i] = event.data.u64;
    }
    return count;
}

// What is ready, at the next deadline nothing.
Result<size_t> ShieldReactor::wait(Ticket (&ready)[64])
{
    uint64_t deadline_ns;
    {
        LockGuard guard(lock_);
        fiber_ = Carrier::current().fiber;
        fiber_->kicked.store(false);
        deadline_ns = next_deadline_ns_;
    }
    Staging staging;
    auto events = TRY(staging.reserve(kMostEvents * sizeof(epoll_event)));
    if (deadline_ns == kNever)
        return collect(events, ready, 0);
    auto now = scheduler().now_ns();
    auto left = deadline_ns > now ? deadline_ns - now : 0;
    auto timeout = TRY(
        staging.put_object(timespec { static_cast<time_t>(left / kSecond_ns), static_cast<long>(left % kSecond_ns) }));
    return collect(events, ready, timeout.value());
}

void ShieldReactor::serve(Ticket ticket)
{
    Ref<ShieldWatched> watched;
    {
        LockGuard guard(lock_);
        if (auto* place = find(ticket))
            watched = place->watched;
    }
    if (watched)
        watched->host_is_ready();
}

void ShieldReactor::expire()
{
    auto now = scheduler().now_ns();
    for (;;) {
        Ref<ShieldWatched> expired;
        {
            LockGuard guard(lock_);
            if (now < next_deadline_ns_)
                return;
            auto next = kNever;
            for (auto& place : places_) {
                if (!place.watched || place.deadline_ns == kNever)
                    continue;
                if (!expired && place.deadline_ns <= now) {
                    expired = place.watched;
                    place.deadline_ns = kNever;
                }
                next = place.deadline_ns < next ? place.deadline_ns : next;
            }
            next_deadline_ns_ = next;
        }
        if (!expired)
            return;
        expired->deadline_has_passed();
    }
}

void ShieldReactor::run(void* self)
{
    auto& reactor = *static_cast<ShieldReactor*>(self);
    for (;;) {
        Ticket ready[kMostEvents];
        auto count = reactor.wait(ready);
        for (size_t i = 0; count.is_ok() && i < count.value(); ++i)
            reactor.serve(ready[i]);
        if (count.is_error() && count.error() != Errno::Eintr)
            scheduler().park(scheduler().now_ns() + kSecond_ns); // a host that cannot wait gets no loop of ours
        reactor.expire();
    }
}

} // namespace farl
