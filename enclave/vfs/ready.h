// Readiness of objects that live inside (pipes, eventfds, timers, sockets of shields): who waits for it is told.
// Lock order: the object's own lock, then the ReadySource's.
#pragma once

#include "base/intrusive_list.h"
#include "base/spinlock.h"

#include <cstdint>

namespace farl {

// poll(2) events, as bits of `uint32_t`.
inline constexpr uint32_t kPollIn = 0x1, kPollPri = 0x2, kPollOut = 0x4, kPollErr = 0x8, kPollHup = 0x10,
                          kPollNval = 0x20, kPollRdNorm = 0x40, kPollRdBand = 0x80, kPollWrNorm = 0x100,
                          kPollWrBand = 0x200, kPollRdHup = 0x2000;

class ReadyObserver {
public:
    // Called with the source's lock held, possibly on another carrier; must not park or take the source's lock.
    virtual void became_ready(uint32_t events) = 0;

    ListLink ready_link;

protected:
    ~ReadyObserver() = default;
};

class ReadySource {
public:
    void add(ReadyObserver& observer)
    {
        LockGuard guard(lock_);
        observers_.push_back(observer);
    }
    void remove(ReadyObserver& observer)
    {
        LockGuard guard(lock_);
        if (observer.ready_link.is_linked())
            observers_.remove(observer);
    }
    // Something changed: the events that may be true now.
    void notify(uint32_t events)
    {
        LockGuard guard(lock_);
        observers_.for_each([&](ReadyObserver& observer) { observer.became_ready(events); });
    }

private:
    Spinlock lock_;
    IntrusiveList<ReadyObserver, &ReadyObserver::ready_link> observers_;
};

} // namespace farl
