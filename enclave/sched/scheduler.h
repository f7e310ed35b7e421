// Scheduler: M application threads (fibers) on N carriers. A carrier runs what is runnable, then timers, then looks for
// work at growing intervals, then sleeps outside. A fiber that blocks in a host call takes its carrier along; another
// one is woken or started in its place when there is work. Nothing leaves with a lock held, but to wait for another.
#pragma once

#include "base/tsc.h"
#include "enclave/sched/carrier.h"
#include "enclave/sched/completion_source.h"
#include "enclave/sched/gate.h"
#include "enclave/sched/kicks.h"
#include "enclave/sched/roster.h"
#include "enclave/sched/run_queue.h"
#include "enclave/sched/timers.h"

namespace farl {

class Scheduler {
public:
    using Clock = Timers::Clock;

    // `computing` carriers should compute at a time, of `most`.
    void initialise(Clock clock, uint64_t computing, uint64_t most);
    uint64_t now_ns() const { return clock_(); }
    // Before the first fiber, if there is one.
    void set_completion_source(CompletionSource& source) { completions_ = &source; }
    // What leaving the enclave and coming back costs: so long a carrier rather looks for work, unless it keeps the only
    // processor from those who could come up with any.
    void set_costs(uint64_t transition_ns, uint64_t processors)
    {
        transition_ns_ = transition_ns;
        may_spin_ = processors > 1;
    }
    // Whether the current carrier may wait for somebody without giving its processor away.
    bool may_spin() const { return may_spin_ && !Carrier::current().crowd.is_crowded(rough_ticks()); }
    // Host calls go to workers, which want `processors` of those that carriers would compute on otherwise.
    void leave_to_workers(uint64_t processors) { roster_.set_base(queues_.count() - processors); }

    // Whether a carrier was asked for that has not come yet; each is asked for once.
    bool accept_carrier() { return roster_.accept(); }
    // Has a host thread that serves nothing but the runtime counted.
    void add(Carrier& carrier);
    // Turns this host thread into a carrier: runs fibers for ever.
    [[noreturn]] void run(Carrier& carrier);

    // Makes a new fiber runnable. Its body begins with begin_fiber().
    void start(Fiber& fiber);
    void begin_fiber();
    // Ends the current fiber, its local values first. `reap(fiber)` runs on another stack, when nothing uses this one
    // any more.
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
    bool has_waiting_work() const { return queues_.has_any(); }
    // The next tick comes, whether the scheduler needs it or not.
    void ensure_tick();

    void arm(Timer& timer, uint64_t deadline_ns);
    // After this the callback does not run and is not running.
    void disarm(Timer& timer) { timers_.disarm(timer); }

    // A host call that may block: the carrier goes along, and wakes or starts another one on the way out if there is
    // work for it.
    int64_t call_blocking(GateRequest& request);
    // Whether so many carriers are in blocking calls that more of these should be made without one.
    bool is_short_of_carriers() const { return roster_.blocked() > most_ / 2; }

    // For a wait on host descriptors and on objects inside at once: the same, and it ends when somebody kicks the
    // fiber. EINTR if it was kicked since it cleared Fiber::kicked: then there is no call to make.
    int64_t call_kickable(GateRequest& request);
    // Wakes the fiber, parked or in its kickable call. Never leaves the enclave, so it may be called with spinlocks
    // held: the interruption itself happens in deliver_kicks, which the caller's next safe point calls.
    void kick(Fiber& fiber);
    void deliver_kicks()
    {
        if (kicks_.has_any())
            deliver_all_kicks();
    }

    // Makes a fiber notice something: wakes it if it sleeps, cuts its host call short, or brings its carrier to
    // farl_attend if it computes.
    void interrupt(Fiber& fiber);

    Carrier* carrier(uint64_t index) const { return index < kMostCarriers ? carriers_[index] : nullptr; }
    SchedulerStatistics statistics();
    // How many have returned to carriers.
    uint64_t host_calls() const;

private:
    static constexpr uint64_t kMostCarriers = 256;
    using Queue = RunQueue<Fiber, &Fiber::queue_link_>;
    static_assert(RunQueues<Queue, Fiber>::kMost == Roster::kMostHomes);

    Fiber* take();
    void note_stolen(uint64_t count);
    void switch_to(Fiber& wanted);
    Fiber& ready_to_switch_to(Fiber& next);
    void finish_switch();
    void switch_away();

    bool needs_tick() const
    {
        return timers_.next_deadline_ns() != kNever || has_waiting_work() || has_outstanding_calls();
    }
    void note_tick();
    void start_tick_if_needed();
    void stop_tick();

    // idling.cpp
    Pending pending() const;
    bool is_work_in_sight() const;
    bool look_for_work(Carrier& carrier);
    bool back_off(Carrier& carrier);
    void sleep(Carrier& carrier);
    void leave_to_block(GateRequest& request);
    int64_t call_along_with_carrier(GateRequest& request);
    bool was_carrier_started();
    bool send_for(Help const& help);
    uint64_t parked_fibers() const;
    void interrupt_carrier(uint64_t index);
    void deliver_all_kicks();

    bool has_outstanding_calls() const { return completions_ && completions_->has_outstanding(); }
    bool collect_completions() { return has_outstanding_calls() && completions_->collect(); }
    bool has_expired_timer(uint64_t now_ns) const { return timers_.next_deadline_ns() <= now_ns; }
    void run_expired_timers() { timers_.run_expired(clock_); }

    Clock clock_ { nullptr };
    CompletionSource* completions_ { nullptr };
    uint64_t most_ { 1 };
    uint64_t transition_ns_ { 0 };
    bool may_spin_ { true };
    Carrier* carriers_[kMostCarriers] {};
    std::atomic<uint64_t> carriers_end_ { 0 }; // above the last one

    RunQueues<Queue, Fiber> queues_;
    Roster roster_;
    Timers timers_;
    Kicks kicks_;
    std::atomic<bool> tick_is_on_ { false }; // the launcher interrupts carriers that compute
};

// The one scheduler of this enclave; ready before the first fiber.
extern Scheduler the_scheduler;
inline Scheduler& scheduler() { return the_scheduler; }

} // namespace farl
