// Kicks: fibers to be got out of a host call that somebody's event ends. Who has the event may hold locks, so it only
// notes the fiber here; whoever comes to a safe point next interrupts the fiber's carrier.
#pragma once

#include "base/intrusive_list.h"
#include "base/spinlock.h"
#include "enclave/sched/fiber.h"

namespace farl {

class Kicks {
public:
    // Around the call of the current fiber. False if it was kicked since it cleared Fiber::kicked.
    bool begin_call(Fiber& self);
    void end_call(Fiber& self);

    // Whether the fiber is in its call, and so has to be delivered.
    bool note(Fiber& fiber);
    // Takes the next one: the carrier it is on.
    std::optional<int> take();
    bool has_any() const { return has_any_.load(std::memory_order_relaxed); }

private:
    Spinlock lock_;
    IntrusiveList<Fiber, &Fiber::kick_link_> fibers_;
    std::atomic<bool> has_any_ { false };
};

} // namespace farl
