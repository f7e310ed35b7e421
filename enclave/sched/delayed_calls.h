// DelayedCalls: host calls of one thread that wait for others to be made with (hostcall/call_batch.h). They wait while
// the thread serves what epoll_wait(2) gave it, and not beyond the last of that, the next tick, or a call by which
// others could learn of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl {

class CallBatch;

// Who has such a call.
class DelayedCaller {
public:
    // Adds it to a batch that is run soon, unless it was made meanwhile. False: another thread is busy with this.
    virtual bool make_delayed(CallBatch& batch) = 0;
    // Makes it alone, when no other thread is busy with this any more.
    virtual void make_delayed_alone() = 0;
    // As long as it waits.
    virtual void hold() = 0;
    virtual void let_go() = 0;

protected:
    ~DelayedCaller() = default;
};

// A fiber's own; only it looks at them.
struct DelayedCalls {
    static constexpr size_t kMost = 16;

    bool is_empty() const { return !count && !descriptor_count; }
    // Whether what is made next could tell that they were not made.
    bool can_be_missed() const { return count; }

    DelayedCaller* callers[kMost] {};
    int descriptors[kMost] {}; // to be closed, which nobody waits for
    uint32_t count { 0 };
    uint32_t descriptor_count { 0 };
    uint32_t unserved_events { 0 }; // of the last epoll_wait(2): so many more calls may come
};

} // namespace farl
