#include "enclave/hostcall/async_calls.h"

#include "base/tsc.h"
#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/host_user.h"

namespace farl {

namespace {

constinit AsyncCalls the_calls;

// A worker that watches answers a short call within about a microsecond: so long another fiber is not worth a switch.
// It looks often at first, because a pause may take 140 cycles.
constexpr int kSpinRounds = 128;
constexpr int kEagerRounds = 64;
constexpr int kPause = 8;

// Where a call has one it is the third argument; another kind of third argument makes kinds of calls as well.
uint64_t size_of(GateRequest const& request) { return request.arguments[2]; }

wire::Payload payload_of(GateRequest const& request)
{
    wire::Payload payload { request.number };
    payload[0] |= request.is_cancellable ? wire::kCallIsCancellable : 0;
    payload[0] |= request.may_block ? wire::kCallMayBlock : 0;
    for (size_t i = 0; i < request.arguments.size(); ++i)
        payload[1 + i] = request.arguments[i];
    return payload;
}

} // namespace

AsyncCalls& async_calls() { return the_calls; }

Result<> AsyncCalls::initialise(wire::AsyncAddresses const& addresses)
{
    cancelled_ = TRY(HostAddress::create(addresses.cancelled, kSlots * 8));
    watching_ = TRY(HostAddress::create(addresses.watching, 8));
    taken_ = TRY(HostAddress::create(addresses.taken, 8));
    workers_ = TRY(HostAddress::create(addresses.workers, sizeof(wire::WorkerCounts)));
    requests_.initialise(HostWords(TRY(HostAddress::create(addresses.requests, wire::kCallQueueSize))));
    responses_.initialise(HostWords(TRY(HostAddress::create(addresses.responses, wire::kCallQueueSize))));
    return {};
}

void AsyncCalls::set_mode(wire::HostCalls mode, uint64_t transition_ticks, uint64_t processors)
{
    mode_ = mode;
    if (mode == wire::HostCalls::Auto)
        chooser_.initialise(transition_ticks, processors);
}

CallChooser::Choice AsyncCalls::choose(GateRequest const& request)
{
    constexpr CallChooser::Choice kExit { CallWay::Exit, false }, kQueue { CallWay::Queue, false };
    auto& carrier = Carrier::current();
    bool tells_of_thread = request.number == SYS_clock_gettime || request.number == SYS_getrusage || request.stopped_by;
    if (carrier.fiber == carrier.loop_fiber || tells_of_thread || !host_user().is_of_workers())
        return kExit;
    auto choice = mode_ == wire::HostCalls::Async ? kQueue : kExit;
    if (request.may_block) {
        if (scheduler().is_short_of_carriers() || chooser_.way_of_blocking_calls() == CallWay::Queue)
            choice = kQueue;
    } else if (mode_ == wire::HostCalls::Auto) {
        choice = chooser_.choose(request.number, size_of(request), carrier.fiber->host_calls++);
    }
    return choice.way == CallWay::Queue && !has_slot(*carrier.fiber) ? kExit : choice;
}

void AsyncCalls::learn(GateRequest const& request, CallWay way, uint64_t ticks)
{
    chooser_.learn(request.number, size_of(request), way, ticks);
}

int64_t AsyncCalls::call(GateRequest const& request, bool ends_when_kicked)
{
    auto& fiber = *Carrier::current().fiber;
    auto slot = fiber.async_slot - 1;
    submit(fiber, slot, request);
    await(fiber, slot, request.is_cancellable, ends_when_kicked);
    return fiber.async_result;
}

int64_t AsyncCalls::call(GateRequest const& request, bool ends_when_kicked, uint64_t& ticks)
{
    constexpr uint64_t kTwoSwitches_ticks = 300;
    auto& fiber = *Carrier::current().fiber;
    auto start = rough_ticks();
    fiber.parked_at_ticks = 0;
    auto result = call(request, ends_when_kicked);
    // HOST: what the worker says of its own time decides which way is taken, no more.
    ticks = fiber.parked_at_ticks ? fiber.parked_at_ticks - start + kTwoSwitches_ticks + fiber.async_ticks
                                  : rough_ticks() - start;
    return result;
}

bool AsyncCalls::has_slot(Fiber& fiber)
{
    if (fiber.async_slot)
        return true;
    LockGuard guard(lock_);
    if (free_count_)
        fiber.async_slot = free_[--free_count_] + 1;
    else if (used_ < kSlots)
        fiber.async_slot = used_++ + 1;
    return fiber.async_slot != 0;
}

void AsyncCalls::release_slot(Fiber& fiber)
{
    if (!fiber.async_slot)
        return;
    allow_call(fiber);
    LockGuard guard(lock_);
    free_[free_count_++] = fiber.async_slot - 1;
    fiber.async_slot = 0;
}

// Slots that were given out one after another lie in different cache lines: their fibers run on different carriers.
CallWait<Fiber>& AsyncCalls::wait_of(uint32_t slot)
{
    constexpr uint32_t kPerLine = 8;
    return waits_[slot * kPerLine % kSlots + slot * kPerLine / kSlots];
}

// Whatever cancelled the last call with this slot does not cancel the next.
void AsyncCalls::allow_call(Fiber& fiber)
{
    if (std::exchange(fiber.was_async_call_cancelled, false))
        host_write_word(cancelled_ + (fiber.async_slot - 1) * 8, 0);
}

void AsyncCalls::submit(Fiber& fiber, uint32_t slot, GateRequest const& request)
{
    allow_call(fiber);
    wait_of(slot).begin(fiber);
    requests_.push(slot, payload_of(request));
    // A worker says that it does not watch any more, then looks at the queue once more; so the other way round here.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // HOST: how many watch is only advice: if it is wrong the call takes longer, or for ever, as the host can have it.
    if (host_read_word(watching_) == 0)
        wake_worker();
    requests_.prepare_push();
    if (host_call_statistics().is_enabled)
        note_outstanding();
}

void AsyncCalls::wake_worker()
{
    doorbells_.fetch_add(1, std::memory_order_relaxed);
    if (host_gate(wire::FarlCall::WakeWorker) >= 0)
        return;
    // No thread is to be had: this one takes a request from the queue, if not its own then that of another in its
    // place.
    served_.fetch_add(1, std::memory_order_relaxed);
    GateRequest serve { .number = static_cast<uint64_t>(wire::FarlCall::ServeRequest) };
    scheduler().call_blocking(serve);
}

void AsyncCalls::note_outstanding()
{
    auto count = outstanding();
    auto most = most_outstanding_.load(std::memory_order_relaxed);
    while (count > most && !most_outstanding_.compare_exchange_weak(most, count, std::memory_order_relaxed))
        ;
}

void AsyncCalls::cancel(Fiber& fiber, uint32_t slot)
{
    cancellations_.fetch_add(1, std::memory_order_relaxed);
    fiber.was_async_call_cancelled = true;
    host_gate(wire::FarlCall::CancelCall, slot);
}

// Looks for the answer for a moment, unless another fiber could run.
bool AsyncCalls::spin(uint32_t slot)
{
    auto& crowd = Carrier::current().crowd;
    auto rounds = scheduler().may_spin() ? kSpinRounds : 0;
    crowd.begin(rough_ticks());
    for (int round = 0; round < rounds && !scheduler().has_waiting_work(); ++round) {
        crowd.look(rough_ticks());
        collect();
        if (wait_of(slot).answer() == CallWait<Fiber>::Answer::There)
            return true;
        for (int i = 0; i < (round < kEagerRounds ? 1 : kPause); ++i)
            __builtin_ia32_pause();
    }
    return false;
}

void AsyncCalls::await(Fiber& fiber, uint32_t slot, bool is_cancellable, bool ends_when_kicked)
{
    if (spin(slot))
        return;
    auto& wait = wait_of(slot);
    wait.stop_looking(fiber);
    bool took_another_wake_up = false;
    using Answer = CallWait<Fiber>::Answer;
    for (Answer answer; (answer = wait.answer()) != Answer::There;) {
        if (answer == Answer::OnItsWay) {
            __builtin_ia32_pause();
            continue;
        }
        bool wants_end = fiber.interrupt_requested.load() || (ends_when_kicked && fiber.kicked.load());
        if (is_cancellable && wants_end && !fiber.was_async_call_cancelled) {
            cancel(fiber, slot);
            continue;
        }
        if (!park(fiber) || wait.answer() == Answer::Missing)
            took_another_wake_up = true;
    }
    // It was for the wait that this call stands in the way of.
    if (took_another_wake_up)
        scheduler().unpark(fiber);
}

bool AsyncCalls::park(Fiber& fiber)
{
    parks_.fetch_add(1, std::memory_order_relaxed);
    if (fiber.parked_at_ticks == 0 && scheduler().has_waiting_work())
        fiber.parked_at_ticks = rough_ticks();
    return scheduler().park();
}

bool AsyncCalls::collect()
{
    bool has_any = false;
    while (has_outstanding()) {
        auto response = responses_.pop();
        if (!response)
            break;
        has_any = true;
        finish(*response);
    }
    if (has_any) // of two who write at once the older word may stay: then a carrier is woken for nothing
        host_write_word(taken_, responses_.position());
    return has_any;
}

// HOST: any number may come, at any time and again: what counts is whether that slot's call is outstanding. The result
// is as much a claim as any other. The fiber may go on, and end, as soon as its slot is idle.
void AsyncCalls::finish(wire::CallMessage const& response)
{
    auto claim = response.slot < kSlots ? wait_of(response.slot).claim() : std::nullopt;
    if (!claim) {
        surplus_.fetch_add(1, std::memory_order_relaxed);
        host_call_statistics().lies.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    claim->waiter->async_result = static_cast<int64_t>(response.payload[0]);
    claim->waiter->async_ticks = response.payload[1];
    if (claim->has_to_be_woken)
        scheduler().unpark(*claim->waiter);
    wait_of(response.slot).release();
}

AsyncCalls::Statistics AsyncCalls::statistics() const
{
    return { .calls = requests_.position(),
        .outstanding = outstanding(),
        .most_outstanding = most_outstanding_.load(),
        .parks = parks_.load(),
        .doorbells = doorbells_.load(),
        .served = served_.load(),
        .cancellations = cancellations_.load(),
        .workers = host_read_word(workers_ + offsetof(wire::WorkerCounts, now)),
        .most_workers = host_read_word(workers_ + offsetof(wire::WorkerCounts, most)) };
}

} // namespace farl
