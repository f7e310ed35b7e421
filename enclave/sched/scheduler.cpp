#include "enclave/sched/scheduler.h"

namespace farl {

namespace {

constexpr uint64_t kSwitchesBetweenTimerChecks = 8;

} // namespace

constinit Scheduler the_scheduler;

void Scheduler::initialise(Clock clock, uint64_t computing, uint64_t most)
{
    clock_ = clock;
    most_ = most < kMostCarriers ? most : kMostCarriers;
    queues_.initialise(computing);
    roster_.initialise(queues_.count(), most_);
}

void Scheduler::add(Carrier& carrier)
{
    carriers_[carrier.index] = &carrier;
    auto end = carriers_end_.load();
    while (end <= carrier.index && !carriers_end_.compare_exchange_weak(end, carrier.index + 1))
        ;
}

void Scheduler::run(Carrier& carrier)
{
    add(carrier);
    roster_.join(carrier);
    for (;;) {
        if (auto* chosen = std::exchange(carrier.chosen, nullptr)) {
            switch_to(*chosen);
            continue;
        }
        run_expired_timers();
        deliver_kicks();
        collect_completions();
        bool is_surplus = roster_.has_surplus();
        auto* fiber = is_surplus ? nullptr : take();
        if (carrier.wants_help)
            summon_help();
        if (fiber)
            switch_to(*fiber);
        else if (is_surplus || !back_off(carrier))
            sleep(carrier);
    }
}

// ---- what runs next

Fiber* Scheduler::take()
{
    auto& carrier = Carrier::current();
    auto taken = queues_.take(carrier.home, carrier.turn);
    note_stolen(taken.stolen);
    return taken.value;
}

// Those beyond the first are in this carrier's queue now, where those who looked meanwhile have not seen them.
void Scheduler::note_stolen(uint64_t count)
{
    if (!count)
        return;
    auto& carrier = Carrier::current();
    carrier.statistics.stolen.add(count);
    if (count > 1)
        carrier.wants_help = true;
}

// A signal may have been quicker, and have made it runnable already.
void Scheduler::start(Fiber& fiber)
{
    ++Carrier::current().statistics.fibers;
    unpark(fiber);
}

void Scheduler::unpark(Fiber& fiber)
{
    auto expected = Fiber::State::Running;
    for (;;) {
        if (expected == Fiber::State::Running) {
            if (fiber.state_.compare_exchange_strong(expected, Fiber::State::Notified))
                return;
        } else if (expected == Fiber::State::Parked) {
            if (fiber.state_.compare_exchange_strong(expected, Fiber::State::Running))
                break;
        } else {
            return; // notified already, or ended
        }
    }
    auto& carrier = Carrier::current();
    queues_.push(carrier.home, fiber);
    carrier.wants_help = true;
    ++carrier.statistics.unparks;
}

bool Scheduler::park(uint64_t deadline_ns)
{
    deliver_kicks();
    auto& self = *Carrier::current().fiber;
    auto expected = Fiber::State::Notified;
    if (self.state_.compare_exchange_strong(expected, Fiber::State::Running))
        return false;

    Timer timer;
    if (deadline_ns != kNever) {
        timer.callback = [](Timer& fired) { scheduler().unpark(*static_cast<Fiber*>(fired.context)); };
        timer.context = &self;
        arm(timer, deadline_ns);
    }
    expected = Fiber::State::Running;
    bool blocks = self.state_.compare_exchange_strong(expected, Fiber::State::Parked);
    if (blocks) {
        ++Carrier::current().statistics.parks;
        switch_away();
    } else {
        self.state_.store(Fiber::State::Running); // was notified
    }
    if (deadline_ns != kNever)
        disarm(timer);
    return blocks;
}

void Scheduler::yield()
{
    run_expired_timers();
    deliver_kicks();
    collect_completions(); // nobody else may do it while all carriers compute
    auto& carrier = Carrier::current();
    auto next = queues_.exchange(carrier.home, *carrier.fiber, carrier.turn);
    note_stolen(next.stolen);
    if (next.value)
        switch_to(*next.value);
}

void Scheduler::switch_away()
{
    auto& carrier = Carrier::current();
    collect_completions();
    if (carrier.statistics.switches.value() % kSwitchesBetweenTimerChecks == 0)
        run_expired_timers();
    auto* next = roster_.has_surplus() ? nullptr : take();
    switch_to(next ? *next : *carrier.loop_fiber);
}

void Scheduler::finish(void (*reap)(Fiber&))
{
    auto& self = *Carrier::current().fiber;
    for (auto& local : self.locals)
        if (auto* value = std::exchange(local.value, nullptr))
            local.destroy(value);
    self.reap_ = reap;
    self.state_.store(Fiber::State::Ended);
    switch_away();
    __builtin_unreachable();
}

// ---- time

void Scheduler::arm(Timer& timer, uint64_t deadline_ns)
{
    timers_.arm(timer, deadline_ns);
    Carrier::current().wants_help = true;
}

void Scheduler::tick()
{
    note_tick();
    run_expired_timers();
    yield();
    if (!needs_tick())
        stop_tick();
    // Timers may have run on this carrier on the way, for this fiber or for the one before it.
    if (Carrier::current().wants_help)
        summon_help();
}

// A fiber that makes host calls lets others run at each.
void Scheduler::note_tick()
{
    constexpr uint64_t kFewSwitches = 16;
    auto& carrier = Carrier::current();
    auto switches = carrier.statistics.switches.value();
    bool is_kept = switches - std::exchange(carrier.switches_at_tick, switches) < kFewSwitches;
    roster_.note_tick(carrier, is_kept);
    if (is_kept && has_waiting_work())
        carrier.wants_help = true;
}

void Scheduler::ensure_tick()
{
    if (!tick_is_on_.load(std::memory_order_relaxed) && !tick_is_on_.exchange(true))
        host_gate(wire::FarlCall::SetTick, 1);
}

void Scheduler::start_tick_if_needed()
{
    if (needs_tick())
        ensure_tick();
}

void Scheduler::stop_tick()
{
    if (!tick_is_on_.exchange(false))
        return;
    host_gate(wire::FarlCall::SetTick, 0);
    // Another carrier may have turned it on meanwhile, and the host may have heard of that first.
    if (tick_is_on_.load())
        host_gate(wire::FarlCall::SetTick, 1);
    else
        start_tick_if_needed();
}

} // namespace farl
