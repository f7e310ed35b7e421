// ShieldReactor: a fiber of the runtime that does for shielded sockets what no thread of the program waits for:
// handshakes of connections that come, sealed bytes that the host could not take at once, and time-outs of both. One
// for the process.
#pragma once

#include "base/ref.h"
#include "base/vector.h"
#include "enclave/hostcall/channel.h"
#include "enclave/sched/wait_queue.h"

namespace farl {

// What it looks after. All is called by its fiber, without its lock.
class ShieldWatched : public RefCounted<ShieldWatched> {
public:
    virtual ~ShieldWatched() = default;
    // HOST: that the descriptor is ready is a hint.
    virtual void host_is_ready() = 0;
    virtual void deadline_has_passed() = 0;
};

class ShieldReactor {
public:
    // A place in its table; 0 is none.
    using Ticket = uint64_t;

    // Events as epoll_ctl(2) has them. The descriptor stays open until forget(); kNone: only the time is waited for.
    // ENOMEM, or an error of the host.
    static constexpr int kNone = -1;
    Result<Ticket> watch(Ref<ShieldWatched> watched, int descriptor, uint32_t events, uint64_t deadline_ns = kNever);
    void change(Ticket ticket, uint32_t events);
    void forget(Ticket ticket);

private:
    struct Place {
        Ref<ShieldWatched> watched;
        int descriptor { -1 };
        uint32_t generation { 0 };
        uint64_t deadline_ns { kNever };
    };

    static void run(void* self);
    Result<> start();
    Place* find(Ticket ticket);
    Result<size_t> free_place();
    Result<> control(int operation, Ticket ticket, int descriptor, uint32_t events);
    Result<size_t> wait(Ticket (&ready)[64]);
    Result<size_t> collect(HostAddress events, Ticket (&ready)[64], uint64_t timeout_address);
    void serve(Ticket ticket);
    void expire();

    Mutex lock_; // all below
    bool is_started_ { false };
    HostDescriptor epoll_;
    Fiber* fiber_ { nullptr };
    Vector<Place> places_;
    uint64_t next_deadline_ns_ { kNever };
};

ShieldReactor& shield_reactor();

} // namespace farl
