// Carriers that find nothing to run, or go into a host call that may block, and who takes their place.
#include "enclave/sched/scheduler.h"

namespace farl {

namespace {

// What it costs that a carrier sleeps, beyond leaving and coming back: two system calls, and a processor that was
// halted.
constexpr uint64_t kSleep_ns = 15'000;
constexpr int kLongestPause = 32; // about a microsecond between two looks

} // namespace

// ---- back-off

Pending Scheduler::pending() const
{
    return { .has_work = has_waiting_work(),
        .has_outstanding_calls = has_outstanding_calls(),
        .next_deadline_ns = timers_.next_deadline_ns() };
}

// Whether anybody could come up with work for a carrier that sleeps not: another one that computes, or a worker. Those
// in blocking calls come back as carriers themselves.
bool Scheduler::is_work_in_sight() const { return roster_.active() > 1 || has_outstanding_calls(); }

bool Scheduler::look_for_work(Carrier& carrier)
{
    auto start = now_ns();
    auto now = start;
    bool found = false;
    carrier.crowd.begin(rough_ticks());
    for (int pause = 1; !found && now - start < transition_ns_ + kSleep_ns; now = now_ns()) {
        for (int i = 0; i < pause; ++i)
            __builtin_ia32_pause();
        if (pause < kLongestPause)
            pause *= 2;
        carrier.crowd.look(rough_ticks());
        collect_completions();
        found = has_waiting_work() || has_expired_timer(now);
    }
    carrier.statistics.backoff_ns.add(now - start);
    return found;
}

// True if there is something to run now.
bool Scheduler::back_off(Carrier& carrier)
{
    if (!may_spin() || !is_work_in_sight() || !roster_.begin_spin())
        return false;
    bool found = look_for_work(carrier);
    bool was_last = roster_.end_spin();
    if (!found)
        return false;
    ++carrier.statistics.finds;
    // Whoever made it runnable relied on this carrier; if there is more than it can take, another one has to come.
    if (was_last)
        carrier.wants_help = true;
    return true;
}

void Scheduler::sleep(Carrier& carrier)
{
    auto seen = host_read_word(carrier.slot + offsetof(wire::HostCallSlot, futex_word));
    auto timeout_ns = roster_.fall_asleep(carrier, now_ns(), [this] { return pending(); });
    if (!timeout_ns)
        return;
    auto& statistics = carrier.statistics;
    ++statistics.sleeps;
    if (auto parked = parked_fibers(); parked > statistics.most_parked.value())
        statistics.most_parked.add(parked - statistics.most_parked.value());
    host_gate(wire::FarlCall::SleepCarrier, seen, *timeout_ns, completions_ ? completions_->taken() : 0);
    roster_.wake_up(carrier);
}

// ---- help

bool Scheduler::send_for(Help const& help)
{
    if (help.sleeper)
        ++Carrier::current().statistics.wakes;
    return static_cast<bool>(help);
}

void Scheduler::summon_help()
{
    deliver_kicks();
    Carrier::current().wants_help = false;
    start_tick_if_needed();
    if (!has_waiting_work() || !roster_.is_short())
        return;
    auto help = roster_.send_for_help([this] { return pending(); });
    if (!send_for(help))
        return;
    if (help.sleeper)
        host_gate(wire::FarlCall::WakeCarrier, help.sleeper->index);
    else if (host_gate(wire::FarlCall::SpawnCarrier) < 0)
        roster_.forget_expected();
}

// ---- blocking host calls

void Scheduler::leave_to_block(GateRequest& request)
{
    auto& carrier = Carrier::current();
    carrier.wants_help = false;
    request.wake_carrier = 0;
    request.spawn_carrier = false;
    auto help = roster_.block(carrier, [this] { return pending(); });
    if (!send_for(help))
        return;
    request.wake_carrier = help.sleeper ? help.sleeper->index + 1 : 0;
    request.spawn_carrier = help.is_new;
}

bool Scheduler::was_carrier_started()
{
    // HOST: a carrier said not to have come is asked for again by the next who needs one: no more than that.
    if (host_read_word(Carrier::current().slot + offsetof(wire::HostCallSlot, spawn_carrier)) == 0)
        return true;
    roster_.forget_expected();
    return false;
}

// A launcher that cannot start the carrier says so, and does not make the call: then it is made without.
int64_t Scheduler::call_along_with_carrier(GateRequest& request)
{
    leave_to_block(request);
    auto raw = host_gate(request);
    if (request.spawn_carrier && !was_carrier_started()) {
        request.spawn_carrier = false;
        raw = host_gate(request);
    }
    roster_.unblock(Carrier::current());
    return raw;
}

int64_t Scheduler::call_blocking(GateRequest& request)
{
    start_tick_if_needed(); // timers armed and fibers made runnable on the way here, with no safe point since
    return call_along_with_carrier(request);
}

int64_t Scheduler::call_kickable(GateRequest& request)
{
    auto& fiber = *Carrier::current().fiber;
    start_tick_if_needed();
    if (!kicks_.begin_call(fiber))
        return -static_cast<int64_t>(Errno::Eintr);
    auto raw = call_along_with_carrier(request);
    kicks_.end_call(fiber);
    return raw;
}

// ---- interruptions

void Scheduler::kick(Fiber& fiber)
{
    if (kicks_.note(fiber))
        Carrier::current().wants_help = true;
    unpark(fiber);
}

void Scheduler::deliver_all_kicks()
{
    while (kicks_.has_any()) {
        auto index = kicks_.take();
        if (!index)
            return;
        // It may have come back meanwhile: then its carrier's next blocking call ends early, and is repeated.
        interrupt_carrier(static_cast<uint64_t>(*index));
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

// ---- statistics

uint64_t Scheduler::parked_fibers() const
{
    uint64_t parked = 0;
    for (auto const* carrier : carriers_)
        if (carrier)
            parked += carrier->statistics.fibers.value() + carrier->statistics.parks.value()
                - carrier->statistics.unparks.value();
    return static_cast<int64_t>(parked) > 0 ? parked : 0; // the figures are of different moments
}

uint64_t Scheduler::host_calls() const
{
    uint64_t sum = 0;
    for (uint64_t i = 0, end = carriers_end_.load(); i < end; ++i)
        if (auto const* carrier = carriers_[i])
            sum += carrier->statistics.exits.value();
    return sum;
}

SchedulerStatistics Scheduler::statistics()
{
    SchedulerStatistics sum { .carriers = roster_.total(), .parked = parked_fibers(), .most_queued = queues_.most() };
    for (auto const* carrier : carriers_) {
        if (!carrier)
            continue;
        auto const& own = carrier->statistics;
        sum.exits += own.exits.value();
        sum.switches += own.switches.value();
        sum.stolen += own.stolen.value();
        sum.sleeps += own.sleeps.value();
        sum.wakes += own.wakes.value();
        sum.finds += own.finds.value();
        sum.backoff_ns += own.backoff_ns.value();
        if (auto most = own.most_parked.value(); most > sum.most_parked)
            sum.most_parked = most;
    }
    if (sum.parked > sum.most_parked)
        sum.most_parked = sum.parked;
    return sum;
}

} // namespace farl
