// AsyncCalls: host calls without an exit. The current fiber puts its request into a slot of its own and the slot's
// number into the request queue, and lets others run until the number comes back through the response queue.
//
// Outside are the slots, the words of the queues, and how many workers watch. Inside is everything that is relied on:
// the positions in the queues, whose call a slot carries, and whether it is outstanding.
#pragma once

#include "abi/wire/call_queue.h"
#include "base/spinlock.h"
#include "enclave/boundary/host_memory.h"
#include "enclave/sched/completion_source.h"
#include "enclave/sched/scheduler.h"

namespace farl {

// The words of a queue on this side.
class HostWords {
public:
    constexpr HostWords() = default;
    explicit HostWords(HostAddress words) : words_(words) { }
    uint64_t read(uint64_t index) const { return host_read_word(words_ + index * 8); }
    void write(uint64_t index, uint64_t word) const { host_write_word(words_ + index * 8, word); }

private:
    HostAddress words_;
};

class AsyncCalls final : public CompletionSource {
public:
    // The named check of where the launcher has put slots and queues. Once, at start.
    Result<> initialise(wire::AsyncAddresses const& addresses);

    void enable() { is_enabled_ = true; }
    // Whether this request of the current fiber goes through the queue: not those of carriers themselves, nor those
    // whose answer depends on the host thread that makes them. Not enabled, it takes those that may block when carriers
    // for them run short. The fiber has a slot then.
    bool takes(GateRequest const& request);

    // Executes the request for the current fiber, which has to be an application thread's, and returns the launcher's
    // answer: a claim, as host_gate()'s. Ends early with EINTR if the request is cancellable and the fiber is
    // interrupted, or kicked and `ends_when_kicked`.
    int64_t call(GateRequest const& request, bool ends_when_kicked);

    // When the fiber ends.
    void release_slot(Fiber& fiber);

    struct Statistics {
        uint64_t calls;
        uint64_t doorbells; // workers' wake-ups asked for
        uint64_t cancellations;
    };
    Statistics statistics() const { return { requests_.position(), doorbells_.load(), cancellations_.load() }; }

    bool collect() override;
    bool has_outstanding() const override { return outstanding_.load(std::memory_order_relaxed) != 0; }
    uint64_t taken() const override { return responses_.position(); }

private:
    static constexpr uint32_t kSlots = wire::kCallQueueWords;

    // Idle: no call, or answered. Otherwise the fiber that waits, or Waking while collect() still needs that fiber.
    static constexpr uint64_t kIdle = 0, kWaking = 1;

    bool has_slot(Fiber& fiber);
    void cancel(uint32_t slot);
    HostAddress address_of(uint32_t slot) const { return slots_ + slot * sizeof(wire::HostCallSlot); }
    bool is_answered(uint32_t slot) const { return waiting_[slot].load(std::memory_order_acquire) == kIdle; }
    void submit(uint32_t slot, GateRequest const& request);
    void await(uint32_t slot, bool is_cancellable, bool ends_when_kicked);
    bool spin(uint32_t slot);
    void finish(uint32_t slot);

    bool is_enabled_ { false };
    HostAddress slots_;
    HostAddress watching_;
    wire::CallQueueEnd<HostWords> requests_;
    wire::CallQueueEnd<HostWords> responses_;
    std::atomic<uint64_t> outstanding_ { 0 };
    std::atomic<uint64_t> doorbells_ { 0 };
    std::atomic<uint64_t> cancellations_ { 0 };
    std::atomic<uint64_t> waiting_[kSlots] {};

    Spinlock lock_;
    uint32_t free_[kSlots] {}; // numbers that were given back
    uint32_t free_count_ { 0 };
    uint32_t used_ { 0 }; // numbers below have been given out
};

AsyncCalls& async_calls();

} // namespace farl
