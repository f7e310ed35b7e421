#include "enclave/hostcall/async_calls.h"

#include "enclave/hostcall/channel.h"
#include "enclave/hostcall/host_user.h"

namespace farl {

namespace {

constinit AsyncCalls the_calls;

// A worker that watches answers a short call within about a microsecond: so long another fiber is not worth a switch.
constexpr int kSpinRounds = 64;
constexpr int kLongestPause = 64;

} // namespace

AsyncCalls& async_calls() { return the_calls; }

Result<> AsyncCalls::initialise(wire::AsyncAddresses const& addresses)
{
    slots_ = TRY(HostAddress::create(addresses.slots, kSlots * sizeof(wire::HostCallSlot)));
    watching_ = TRY(HostAddress::create(addresses.watching, 8));
    requests_.initialise(HostWords(TRY(HostAddress::create(addresses.requests, kSlots * 8))));
    responses_.initialise(HostWords(TRY(HostAddress::create(addresses.responses, kSlots * 8))));
    return {};
}

bool AsyncCalls::takes(GateRequest const& request)
{
    auto& carrier = Carrier::current();
    bool tells_of_thread = request.number == SYS_clock_gettime || request.number == SYS_getrusage || request.stopped_by;
    bool is_wanted = is_enabled_ || (request.may_block && scheduler().is_short_of_carriers());
    return is_wanted && carrier.fiber != carrier.loop_fiber && !tells_of_thread && host_user().is_of_workers()
        && has_slot(*carrier.fiber);
}

int64_t AsyncCalls::call(GateRequest const& request, bool ends_when_kicked)
{
    auto& fiber = *Carrier::current().fiber;
    auto slot = fiber.async_slot - 1;
    submit(slot, request);
    await(slot, request.is_cancellable, ends_when_kicked);
    outstanding_.fetch_sub(1, std::memory_order_relaxed);
    return static_cast<int64_t>(host_read_word(address_of(slot) + offsetof(wire::HostCallSlot, result)));
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
    LockGuard guard(lock_);
    free_[free_count_++] = fiber.async_slot - 1;
    fiber.async_slot = 0;
}

void AsyncCalls::submit(uint32_t slot, GateRequest const& request)
{
    auto address = address_of(slot);
    host_write_word(address + offsetof(wire::HostCallSlot, cancelled), 0);
    fill_host_slot(address, request);
    outstanding_.fetch_add(1, std::memory_order_relaxed);
    waiting_[slot].store(reinterpret_cast<uint64_t>(Carrier::current().fiber), std::memory_order_relaxed);
    requests_.push(slot);
    // A worker says that it does not watch any more, then looks at the queue once more; so the other way round here.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // HOST: how many watch is only advice: if it is wrong the call takes longer, or for ever, as the host can have it.
    if (host_read_word(watching_) == 0) {
        doorbells_.fetch_add(1, std::memory_order_relaxed);
        host_gate(wire::FarlCall::WakeWorker);
    }
}

void AsyncCalls::cancel(uint32_t slot)
{
    cancellations_.fetch_add(1, std::memory_order_relaxed);
    host_write_word(address_of(slot) + offsetof(wire::HostCallSlot, cancelled), 1);
    host_gate(wire::FarlCall::CancelCall, slot);
}

// Looks for the answer for a moment, unless another fiber could run.
bool AsyncCalls::spin(uint32_t slot)
{
    int pause = 1;
    for (int round = 0; round < kSpinRounds && !scheduler().has_waiting_work(); ++round) {
        collect();
        if (is_answered(slot))
            return true;
        for (int i = 0; i < pause; ++i)
            __builtin_ia32_pause();
        if (pause < kLongestPause)
            pause *= 2;
    }
    return is_answered(slot);
}

void AsyncCalls::await(uint32_t slot, bool is_cancellable, bool ends_when_kicked)
{
    auto& fiber = *Carrier::current().fiber;
    bool is_cancelled = false, took_another_wake_up = false;
    if (spin(slot))
        return;
    while (!is_answered(slot)) {
        if (waiting_[slot].load(std::memory_order_relaxed) == kWaking) { // in a moment, and without another unpark
            __builtin_ia32_pause();
            continue;
        }
        bool wants_end = fiber.interrupt_requested.load() || (ends_when_kicked && fiber.kicked.load());
        if (is_cancellable && wants_end && !is_cancelled) {
            is_cancelled = true;
            cancel(slot);
            continue;
        }
        if (!scheduler().park() || waiting_[slot].load(std::memory_order_relaxed) > kWaking)
            took_another_wake_up = true;
    }
    // It was for the wait that this call stands in the way of.
    if (took_another_wake_up)
        scheduler().unpark(fiber);
}

bool AsyncCalls::collect()
{
    bool has_any = false;
    while (has_outstanding()) {
        auto slot = responses_.pop();
        if (!slot)
            break;
        has_any = true;
        finish(*slot);
    }
    return has_any;
}

// HOST: any number may come, at any time and again: what counts is whether that slot's call is outstanding.
// The fiber may go on, and end, as soon as its slot is idle.
void AsyncCalls::finish(uint32_t slot)
{
    auto* waiting = slot < kSlots ? &waiting_[slot] : nullptr;
    auto fiber = waiting ? waiting->load(std::memory_order_acquire) : kIdle;
    if (fiber == kIdle || fiber == kWaking || !waiting->compare_exchange_strong(fiber, kWaking)) {
        host_call_statistics().lies.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    scheduler().unpark(*reinterpret_cast<Fiber*>(fiber));
    waiting->store(kIdle, std::memory_order_release);
}

} // namespace farl
