// Scheduler: M application threads (fibers) on N carriers. A carrier runs what is runnable, then timers, then spins a
// little, then sleeps outside. A fiber that blocks in a host call takes its carrier along; another one is woken or
// started in its place when there is work. One spinlock; nothing inside it leaves the enclave.
#pragma once

#include "base/intrusive_list.h"
#include "base/spinlock.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/completion_source.h"
#include "enclave/sched/gate.h"
#include "enclave/sched/timer.h"

namespace farl {

struct SchedulerStatistics {
    uint64_t switches { 0 };
    uint64_t sleeps { 0 };
    uint64_t wakes { 0 };
    uint64_t carriers { 0 };
};

class Scheduler {
public:
    using Clock = uint64_t (*)(); // monotonic ns

    void initialise(Clock clock, uint64_t target_carriers, uint64_t most_carriers);
    uint64_t now_ns() const { return clock_(); }
    // Before the first fiber, if there is one.
    void set_completion_source(CompletionSource& source) { completions_ = &source; }

    // Whether a carrier was asked for that has not come yet; each is asked for once.
    bool accept_carrier();
    // Turns this host thread into a carrier: runs fibers for ever.
    [[noreturn]] void run(Carrier& carrier);

    // Makes a new fiber runnable. Its body begins with begin_fiber().
    void start(Fiber& fiber);
    void begin_fiber();
    // Ends the current fiber. `reap(fiber)` runs on another stack, when nothing uses this one any more.
    [[noreturn]] void finish(void (*reap)(Fiber&));

    // Blocks the current fiber until unpark, the deadline, or for no reason at all. False if it did not block, because
    // unpark had come already.
    bool park(uint64_t deadline_ns = kNever);
    // Never leaves the enclave, so it may be called with spinlocks held; whoever made fibers runnable is asked to
    // summon_help() at its next safe point (the end of a system call), unless it goes to sleep itself.
    void unpark(Fiber& fiber);
    void summon_help();
    void yield();
    // At a preemption point: runs timers that are due and lets others run.
    void tick();
    // Lets others run if there are any and this fiber has had its turn; called at preemption points.
    bool has_waiting_work() const { return runnable_count_.load(std::memory_order_relaxed) > 0; }

    void arm(Timer& timer, uint64_t deadline_ns);
    // After this the callback does not run and is not running.
    void disarm(Timer& timer);
    void run_expired_timers();

    // Around a host call that may block. The first says whom to wake or start on the way out.
    void enter_blocking_call(GateRequest& request);
    void leave_blocking_call();
    // After a call for which enter_blocking_call or enter_kickable_call asked for a new carrier: false if the launcher
    // says that it could not start one, and so did not make the call. That carrier does not count any more then.
    bool was_carrier_started();
    // Whether so many carriers are in blocking calls that more of these should be made without one.
    bool is_short_of_carriers() const { return blocked_.load(std::memory_order_relaxed) > most_ / 2; }

    // For a wait on host descriptors and on objects inside at once. The call between enter and leave ends when somebody
    // kicks the fiber; false if it was kicked since it cleared Fiber::kicked: then there is no call to make.
    bool enter_kickable_call(GateRequest& request);
    void leave_kickable_call();
    // Wakes the fiber, parked or in its kickable call. Never leaves the enclave, so it may be called with spinlocks
    // held: the interruption itself happens in deliver_kicks, which the caller's next safe point calls.
    void kick(Fiber& fiber);
    void deliver_kicks();

    // Makes a fiber notice something: wakes it if it sleeps, cuts its host call short, or brings its carrier to
    // farl_attend if it computes.
    void interrupt(Fiber& fiber);

    Carrier* carrier(uint64_t index) const { return index < kMostCarriers ? carriers_[index] : nullptr; }
    SchedulerStatistics statistics();
    uint64_t exits() const; // of all carriers, for calls

private:
    static constexpr uint64_t kMostCarriers = 256;
    using FiberQueue = IntrusiveList<Fiber, &Fiber::queue_link_>;
    using KickQueue = IntrusiveList<Fiber, &Fiber::kick_link_>;

    Fiber* take();
    void enqueue(Fiber& fiber);
    void switch_to(Fiber& wanted);
    Fiber& ready_to_switch_to(Fiber& next);
    void finish_switch();
    void switch_away();
    void sleep(Carrier& carrier);
    bool spin_for_work();
    bool needs_timer_watch() const;
    bool needs_completion_watch() const;
    void forget_carrier_that_did_not_start();
    void update_next_deadline();
    bool needs_tick() const
    {
        return next_deadline_.load(std::memory_order_relaxed) != kNever || has_waiting_work()
            || has_outstanding_calls();
    }
    void start_tick_if_needed();
    void stop_tick();
    bool choose_helper(GateRequest& request);
    void leave_to_block(GateRequest& request);
    void interrupt_carrier(uint64_t index);

    bool has_outstanding_calls() const { return completions_ && completions_->has_outstanding(); }
    bool collect_completions() { return has_outstanding_calls() && completions_->collect(); }

    Clock clock_ { nullptr };
    CompletionSource* completions_ { nullptr };
    uint64_t target_ { 1 };
    uint64_t most_ { 1 };

    Spinlock lock_;
    FiberQueue runnable_;
    std::atomic<uint64_t> runnable_count_ { 0 };
    KickQueue kicks_;
    std::atomic<bool> has_kicks_ { false };
    IntrusiveList<Carrier, &Carrier::idle_link> idle_;
    PairingHeap<Timer, &Timer::link, &Timer::deadline_ns> timers_;
    std::atomic<uint64_t> next_deadline_ { kNever };
    std::atomic<uint64_t> spinning_ { 0 };
    std::atomic<bool> tick_is_on_ { false }; // the launcher interrupts carriers that compute
    Carrier* watcher_ { nullptr };           // the sleeper whose time-out is the earliest deadline
    uint64_t watched_deadline_ { kNever };
    std::atomic<uint64_t> blocked_ { 0 }; // carriers in a blocking host call
    uint64_t active_ { 1 };               // carriers neither asleep nor in a blocking host call
    uint64_t total_ { 1 };
    uint64_t expected_ { 0 }; // of them, asked for and not here yet
    SchedulerStatistics statistics_;
    Carrier* carriers_[kMostCarriers] {};
};

// The one scheduler of this enclave; ready before the first fiber.
Scheduler& scheduler();

} // namespace farl
