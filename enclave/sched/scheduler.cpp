#include "enclave/sched/scheduler.h"

extern "C" {
void farl_context_switch(uint64_t* old_stack_pointer, uint64_t new_stack_pointer);
void farl_fiber_begin();
}

namespace farl {

namespace {

constinit Scheduler the_scheduler;

// About 20 µs of looking before a sleep outside, which costs two transitions and a wake-up of tens of microseconds.
constexpr int kSpinRounds = 400;
constexpr uint64_t kSwitchesBetweenTimerChecks = 8;

} // namespace

Scheduler& scheduler() { return the_scheduler; }

Fiber::Fiber(uint64_t stack_bottom, Body body, void* argument) : stack_bottom_(stack_bottom)
{
    // What farl_context_switch pops: r15 r14 r13 r12 rbx rbp and the return address. The user frame stays free.
    auto* stack = reinterpret_cast<uint64_t*>(stack_top() - sizeof(UserFrame) - 64);
    stack[2] = reinterpret_cast<uint64_t>(argument); // r13
    stack[3] = reinterpret_cast<uint64_t>(body);     // r12
    stack[6] = reinterpret_cast<uint64_t>(&farl_fiber_begin);
    stack_pointer_ = reinterpret_cast<uint64_t>(stack);
}

void Scheduler::initialise(Clock clock, uint64_t target_carriers, uint64_t most_carriers)
{
    clock_ = clock;
    target_ = target_carriers;
    most_ = most_carriers < kMostCarriers ? most_carriers : kMostCarriers;
}

void Scheduler::run(Carrier& carrier)
{
    carriers_[carrier.index] = &carrier;
    for (;;) {
        if (auto* chosen = std::exchange(carrier.chosen, nullptr)) {
            switch_to(*chosen);
            continue;
        }
        run_expired_timers();
        deliver_kicks();
        collect_completions();
        if (auto* fiber = take())
            switch_to(*fiber);
        else if (!spin_for_work())
            sleep(carrier);
    }
}

// ---- run queue

void Scheduler::enqueue(Fiber& fiber)
{
    runnable_.push_back(fiber);
    runnable_count_.fetch_add(1, std::memory_order_relaxed);
}

Fiber* Scheduler::take()
{
    if (!has_waiting_work())
        return nullptr;
    LockGuard guard(lock_);
    auto* fiber = runnable_.pop_front();
    if (fiber)
        runnable_count_.fetch_sub(1, std::memory_order_relaxed);
    return fiber;
}

// A signal may have been quicker, and have made it runnable already.
void Scheduler::start(Fiber& fiber) { unpark(fiber); }

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
    {
        LockGuard guard(lock_);
        enqueue(fiber);
    }
    Carrier::current().wants_help = true;
}

void Scheduler::summon_help()
{
    deliver_kicks();
    Carrier::current().wants_help = false;
    start_tick_if_needed();
    GateRequest request;
    {
        LockGuard guard(lock_);
        if (runnable_.is_empty() || active_ >= target_ || spinning_.load() > 0 || !choose_helper(request))
            return;
    }
    bool spawns = request.spawn_carrier;
    request.number = static_cast<uint64_t>(spawns ? wire::FarlCall::SpawnCarrier : wire::FarlCall::WakeCarrier);
    request.arguments[0] = request.wake_carrier - 1;
    request.wake_carrier = 0;
    request.spawn_carrier = false;
    if (host_gate(request) < 0 && spawns)
        forget_carrier_that_did_not_start();
}

// HOST: it is not believed about a carrier that is here.
void Scheduler::forget_carrier_that_did_not_start()
{
    if (!accept_carrier())
        return;
    LockGuard guard(lock_);
    --total_;
    --active_;
}

bool Scheduler::accept_carrier()
{
    LockGuard guard(lock_);
    if (!expected_)
        return false;
    --expected_;
    return true;
}

// Picks a sleeping carrier, or a new one, to run what is waiting. The caller holds the lock and passes the request on.
bool Scheduler::choose_helper(GateRequest& request)
{
    if (auto* carrier = idle_.pop_front()) {
        carrier->is_sleeping = false;
        if (watcher_ == carrier)
            watcher_ = nullptr;
        ++active_;
        ++statistics_.wakes;
        request.wake_carrier = carrier->index + 1;
        return true;
    }
    if (total_ >= most_)
        return false;
    ++total_; // counted from now on, so that nobody asks for a second one meanwhile
    ++active_;
    ++expected_;
    request.spawn_carrier = true;
    return true;
}

// ---- switching

// Its last carrier may still be on its way off that stack. Only a loop waits for that, because nobody waits for a loop:
// two carriers that took each other's fibers would wait for ever.
Fiber& Scheduler::ready_to_switch_to(Fiber& next)
{
    auto& carrier = Carrier::current();
    if (!next.on_carrier_.load(std::memory_order_acquire))
        return next;
    if (carrier.fiber != carrier.loop_fiber) {
        carrier.chosen = &next;
        return *carrier.loop_fiber;
    }
    while (next.on_carrier_.load(std::memory_order_acquire))
        __builtin_ia32_pause();
    return next;
}

void Scheduler::switch_to(Fiber& wanted)
{
    auto& carrier = Carrier::current();
    auto& previous = *carrier.fiber;
    if (&wanted == &previous)
        return;
    auto& next = &wanted == carrier.loop_fiber ? wanted : ready_to_switch_to(wanted);
    next.on_carrier_.store(true, std::memory_order_relaxed);

    bool had_user_state = &previous != carrier.loop_fiber;
    if (had_user_state) {
        previous.fs_base = read_fs_base();
        farl_vectors_save(&previous.vectors);
    }
    carrier.fiber = &next;
    carrier.stack_top = next.stack_top();
    carrier.previous = &previous;
    next.carrier_index.store(static_cast<int>(carrier.index), std::memory_order_relaxed);
    ++statistics_.switches;
    farl_context_switch(&previous.stack_pointer_, next.stack_pointer_);
    // Here again, perhaps on another carrier, and `previous` is the current fiber.
    finish_switch();
    if (had_user_state) {
        farl_vectors_restore(&previous.vectors);
        write_fs_base(previous.fs_base);
    }
}

// The fiber that was switched away from is complete in memory now: others may run or reap it.
void Scheduler::finish_switch()
{
    auto& carrier = Carrier::current();
    auto* previous = carrier.previous;
    carrier.previous = nullptr;
    auto* reap = previous->reap_;
    previous->carrier_index.store(-1, std::memory_order_relaxed);
    previous->on_carrier_.store(false, std::memory_order_release);
    if (reap)
        reap(*previous);
}

void Scheduler::begin_fiber() { finish_switch(); }

void Scheduler::switch_away()
{
    auto& carrier = Carrier::current();
    collect_completions();
    if (statistics_.switches % kSwitchesBetweenTimerChecks == 0)
        run_expired_timers();
    auto* next = take();
    switch_to(next ? *next : *carrier.loop_fiber);
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
    if (blocks)
        switch_away();
    else
        self.state_.store(Fiber::State::Running); // was notified
    if (deadline_ns != kNever)
        disarm(timer);
    return blocks;
}

void Scheduler::yield()
{
    run_expired_timers();
    deliver_kicks();
    collect_completions(); // nobody else may do it while all carriers compute
    if (!has_waiting_work())
        return;
    auto& self = *Carrier::current().fiber;
    auto* next = take();
    if (!next)
        return;
    {
        LockGuard guard(lock_);
        enqueue(self);
    }
    switch_to(*next);
}

void Scheduler::tick()
{
    run_expired_timers();
    yield();
    if (!needs_tick())
        stop_tick();
    // Timers may have run on this carrier on the way, for this fiber or for the one before it.
    if (Carrier::current().wants_help)
        summon_help();
}

void Scheduler::start_tick_if_needed()
{
    if (needs_tick() && !tick_is_on_.exchange(true))
        host_gate(wire::FarlCall::SetTick, 1);
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

void Scheduler::finish(void (*reap)(Fiber&))
{
    auto& self = *Carrier::current().fiber;
    self.reap_ = reap;
    self.state_.store(Fiber::State::Ended);
    switch_away();
    __builtin_unreachable();
}

// ---- timers

void Scheduler::update_next_deadline()
{
    next_deadline_.store(timers_.is_empty() ? kNever : timers_.first()->deadline_ns, std::memory_order_relaxed);
}

void Scheduler::arm(Timer& timer, uint64_t deadline_ns)
{
    LockGuard guard(lock_);
    ASSERT(!timer.link.is_linked);
    timer.deadline_ns = deadline_ns;
    Carrier::current().wants_help = true;
    timers_.insert(timer);
    update_next_deadline();
}

void Scheduler::disarm(Timer& timer)
{
    bool was_firing;
    do { // a callback that runs may arm its timer again
        {
            LockGuard guard(lock_);
            if (timer.link.is_linked) {
                timers_.remove(timer);
                update_next_deadline();
            }
        }
        was_firing = timer.is_firing.load(std::memory_order_acquire);
        while (timer.is_firing.load(std::memory_order_acquire))
            __builtin_ia32_pause();
    } while (was_firing);
}

void Scheduler::run_expired_timers()
{
    while (next_deadline_.load(std::memory_order_relaxed) != kNever) {
        auto now = now_ns();
        Timer* timer;
        {
            LockGuard guard(lock_);
            timer = timers_.first();
            if (!timer || timer->deadline_ns > now)
                return;
            timers_.remove(*timer);
            update_next_deadline();
            timer->is_firing.store(true, std::memory_order_relaxed);
        }
        // The owner may disarm, and then free the timer, as soon as is_firing falls.
        timer->callback(*timer);
        timer->is_firing.store(false, std::memory_order_release);
    }
}

// ---- carriers that sleep or block

bool Scheduler::spin_for_work()
{
    if (target_ == 1 && !has_outstanding_calls())
        return false;
    spinning_.fetch_add(1);
    bool found = false;
    for (int i = 0; i < kSpinRounds && !found; ++i) {
        for (int pause = 0; pause < 8; ++pause)
            __builtin_ia32_pause();
        collect_completions();
        found = has_waiting_work();
    }
    spinning_.fetch_sub(1);
    return found || has_waiting_work();
}

void Scheduler::sleep(Carrier& carrier)
{
    auto timeout_ns = kNever;
    {
        auto seen = host_read_word(carrier.slot + offsetof(wire::HostCallSlot, futex_word));
        LockGuard guard(lock_);
        if (!runnable_.is_empty())
            return;
        bool is_watched = watcher_ && watched_deadline_ <= next_deadline_.load(std::memory_order_relaxed);
        if (!timers_.is_empty() && !is_watched) {
            auto now = now_ns();
            auto deadline = timers_.first()->deadline_ns;
            if (deadline <= now)
                return;
            timeout_ns = deadline - now;
            watched_deadline_ = deadline;
            watcher_ = &carrier;
        }
        carrier.seen_futex_word = seen;
        carrier.is_sleeping = true;
        idle_.push_front(carrier);
        --active_;
        ++statistics_.sleeps;
    }
    host_gate(
        wire::FarlCall::SleepCarrier, carrier.seen_futex_word, timeout_ns, completions_ ? completions_->taken() : 0);

    LockGuard guard(lock_);
    if (carrier.is_sleeping) { // a time-out or a spurious return: nobody took it off the list
        idle_.remove(carrier);
        carrier.is_sleeping = false;
        ++active_;
        if (watcher_ == &carrier)
            watcher_ = nullptr;
    }
}

// Somebody has to be awake, or asleep with the right time-out, when timers are pending.
bool Scheduler::needs_timer_watch() const
{
    return active_ == 0 && !timers_.is_empty() && !(watcher_ && watched_deadline_ <= timers_.first()->deadline_ns);
}

// The launcher wakes a sleeper for each answer; if there is none, somebody has to be awake.
bool Scheduler::needs_completion_watch() const { return active_ == 0 && idle_.is_empty() && has_outstanding_calls(); }

void Scheduler::enter_blocking_call(GateRequest& request)
{
    start_tick_if_needed(); // timers armed and fibers made runnable on the way here, with no safe point since
    LockGuard guard(lock_);
    leave_to_block(request);
}

void Scheduler::leave_to_block(GateRequest& request)
{
    Carrier::current().wants_help = false;
    --active_;
    blocked_.fetch_add(1, std::memory_order_relaxed);
    if ((!runnable_.is_empty() && active_ < target_) || needs_timer_watch() || needs_completion_watch())
        choose_helper(request);
}

bool Scheduler::was_carrier_started()
{
    // HOST: a carrier said not to have come is asked for again by the next who needs one: no more than that.
    if (host_read_word(Carrier::current().slot + offsetof(wire::HostCallSlot, spawn_carrier)) == 0)
        return true;
    forget_carrier_that_did_not_start();
    return false;
}

void Scheduler::leave_blocking_call()
{
    LockGuard guard(lock_);
    ++active_;
    blocked_.fetch_sub(1, std::memory_order_relaxed);
}

bool Scheduler::enter_kickable_call(GateRequest& request)
{
    start_tick_if_needed();
    auto& self = *Carrier::current().fiber;
    LockGuard guard(lock_);
    if (self.kicked.load(std::memory_order_relaxed))
        return false;
    self.is_kickable_ = true;
    leave_to_block(request);
    return true;
}

void Scheduler::leave_kickable_call()
{
    auto& self = *Carrier::current().fiber;
    LockGuard guard(lock_);
    ++active_;
    blocked_.fetch_sub(1, std::memory_order_relaxed);
    self.is_kickable_ = false;
    if (self.kick_link_.is_linked())
        kicks_.remove(self);
}

void Scheduler::kick(Fiber& fiber)
{
    {
        LockGuard guard(lock_);
        fiber.kicked.store(true, std::memory_order_relaxed);
        if (fiber.is_kickable_ && !fiber.kick_link_.is_linked()) {
            kicks_.push_back(fiber);
            has_kicks_.store(true, std::memory_order_relaxed);
            Carrier::current().wants_help = true;
        }
    }
    unpark(fiber);
}

void Scheduler::deliver_kicks()
{
    while (has_kicks_.load(std::memory_order_relaxed)) {
        int index;
        {
            LockGuard guard(lock_);
            auto* fiber = kicks_.pop_front();
            has_kicks_.store(!kicks_.is_empty(), std::memory_order_relaxed);
            if (!fiber)
                return;
            index = fiber->carrier_index.load();
        }
        // It may have come back meanwhile: then its carrier's next blocking call ends early, and is repeated.
        interrupt_carrier(static_cast<uint64_t>(index));
    }
}

void Scheduler::interrupt_carrier(uint64_t index)
{
    auto* carrier = carriers_[index];
    carrier->attention.store(1);
    host_write_word(carrier->slot + offsetof(wire::HostCallSlot, cancelled), 1);
    host_gate(wire::FarlCall::InterruptCarrier, index);
}

void Scheduler::interrupt(Fiber& fiber)
{
    unpark(fiber);
    auto index = fiber.carrier_index.load();
    if (index < 0 || static_cast<uint64_t>(index) == Carrier::current().index)
        return;
    interrupt_carrier(static_cast<uint64_t>(index));
}

uint64_t Scheduler::exits() const
{
    uint64_t sum = 0;
    for (auto const* carrier : carriers_)
        sum += carrier ? carrier->exits : 0;
    return sum;
}

SchedulerStatistics Scheduler::statistics()
{
    LockGuard guard(lock_);
    auto copy = statistics_;
    copy.carriers = total_;
    return copy;
}

} // namespace farl
