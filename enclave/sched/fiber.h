// Fiber: a user-level context with its own runtime stack. An application thread owns one; the scheduler runs them
// on carriers. Park and unpark carry one token: an unpark that comes first makes the next park return at once, and
// a park may return early, so callers loop over their condition.
#pragma once

#include "base/intrusive_list.h"
#include "enclave/sched/delayed_calls.h"
#include "enclave/sched/user_frame.h"
#include "enclave/sched/vector_state.h"

#include <atomic>
#include <optional>

namespace farl {

class Scheduler;
struct Carrier;

inline constexpr size_t kFiberStackSize = 32 * 1024;

// A value of one fiber, for code that knows only threads. Its fiber destroys it at the end.
struct FiberLocal {
    void* value;
    void (*destroy)(void* value);
};
inline constexpr size_t kFiberLocalCount = 5;

// Which interrupted calls come back by themselves (signal(7)).
enum class Restart : uint8_t {
    Never,     // EINTR, always
    IfAsked,   // unless a handler without SA_RESTART runs
    Unhandled, // only if no handler runs at all
    Always,    // no signal ends them
};

class Fiber {
public:
    using Body = void (*)(void* argument);

    // The stack is given by the caller: [stack_bottom, stack_bottom + kFiberStackSize), owned until the fiber ended.
    Fiber(uint64_t stack_bottom, Body body, void* argument);
    // A carrier's own context, which runs already on the stack it entered with.
    struct CarrierLoop { };
    Fiber(CarrierLoop, uint64_t stack_top)
        : stack_bottom_(stack_top - kFiberStackSize),
          state_(State::Running),
          on_carrier_(true)
    {
    }
    Fiber(Fiber const&) = delete;
    Fiber& operator=(Fiber const&) = delete;

    uint64_t stack_bottom() const { return stack_bottom_; }
    uint64_t stack_top() const { return stack_bottom_ + kFiberStackSize; }
    // Where the application's registers are while this fiber is inside the runtime on behalf of it.
    UserFrame& user_frame() { return *reinterpret_cast<UserFrame*>(stack_top() - sizeof(UserFrame)); }

    VectorState vectors {};
    uint64_t fs_base { 0 };
    bool is_interrupted { false }; // a fault or interrupt redirected it; its frame holds arbitrary register state

    // Set (before Scheduler::interrupt) by whoever wants interruptible waits and host calls to end with EINTR.
    std::atomic<bool> interrupt_requested { false };

    // Set by Scheduler::kick; cleared by whoever polls, before it looks: what it waits for may have happened.
    std::atomic<bool> kicked { false };

    // What becomes of the call that just failed with EINTR, if not what others of its number do: sockets and futexes
    // with time-outs.
    std::optional<Restart> restart;

    // Set by the process layer: which signals of terminals (SIGTTIN, SIGTTOU) stop the process if this fiber uses its
    // terminal from the background.
    std::atomic<uint64_t> stopped_by { 0 };

    uint32_t async_slot { 0 }; // hostcall/: the slot of this fiber's asynchronous calls, and 1; the last one's fate
    bool was_async_call_cancelled { false };
    int64_t async_result { 0 };
    uint64_t async_ticks { 0 };     // what it took outside
    uint64_t parked_at_ticks { 0 }; // since when others have run meanwhile
    uint32_t host_calls { 0 };      // hostcall/: made so far
    uint64_t staging { 0 };         // hostcall/: this fiber's staging memory outside, and how much of it is in use
    uint64_t staging_used { 0 };

    DelayedCalls delayed {};

    FiberLocal locals[kFiberLocalCount] {};

    // Owned by the process layer: what this fiber runs.
    void* owner { nullptr };

    // The carrier it is on, inside the enclave or in a host call, or -1.
    std::atomic<int> carrier_index { -1 };

private:
    friend class Scheduler;
    friend class Kicks;

    enum class State : uint32_t {
        Running,
        Notified, // running, with an unpark pending
        Parked,
        Ended,
    };

    uint64_t stack_bottom_;
    uint64_t stack_pointer_ { 0 };
    std::atomic<State> state_ { State::Parked };
    std::atomic<bool> on_carrier_ { false };
    void (*reap_)(Fiber&) { nullptr };
    ListLink queue_link_;
    bool is_kickable_ { false }; // in a host call that a kick ends; this and the link under the lock of Kicks
    ListLink kick_link_;
};

} // namespace farl
