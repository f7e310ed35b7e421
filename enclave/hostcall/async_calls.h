// AsyncCalls: host calls without an exit. The current fiber puts its request and the number of its slot into the
// request queue, and lets others run until that number comes back with the result through the response queue.
//
// Outside are the entries of the queues, and how many workers watch. Inside is everything that is relied on: the
// positions in the queues, whose call a slot stands for, and whether it is outstanding.
#pragma once

#include "abi/wire/call_queue.h"
#include "abi/wire/launch_config.h"
#include "base/spinlock.h"
#include "enclave/boundary/host_memory.h"
#include "enclave/hostcall/call_chooser.h"
#include "enclave/hostcall/call_wait.h"
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
    void will_write(uint64_t index) const { host_prepare_write(words_ + index * 8); }

private:
    HostAddress words_;
};

class AsyncCalls final : public CompletionSource {
public:
    // The named check of where the launcher has put slots and queues. Once, at start.
    Result<> initialise(wire::AsyncAddresses const& addresses);

    // Once, at start: what was asked for, and what `auto` goes by.
    void set_mode(wire::HostCalls mode, uint64_t transition_ticks, uint64_t processors);

    // Whether most calls go through the queues, so that workers want processors of their own.
    bool is_first_choice() const
    {
        return mode_ == wire::HostCalls::Async || chooser_.way_of_blocking_calls() == CallWay::Queue;
    }

    // Which way this request of the current fiber goes: not through the queue those of carriers themselves, nor those
    // whose answer depends on the host thread that makes them. Those that may block do in any mode when carriers for
    // them run short. The fiber has a slot if it is the queue.
    CallChooser::Choice choose(GateRequest const& request);
    // What a call cost that was to be a sample, in ticks.
    void learn(GateRequest const& request, CallWay way, uint64_t ticks);

    // Executes the request for the current fiber, which has to be an application thread's, and returns the launcher's
    // answer: a claim, as host_gate()'s. Ends early with EINTR if the request is cancellable and the fiber is
    // interrupted, or kicked and `ends_when_kicked`.
    int64_t call(GateRequest const& request, bool ends_when_kicked);
    // The same, and what it cost.
    int64_t call(GateRequest const& request, bool ends_when_kicked, uint64_t& ticks);

    // When the fiber ends.
    void release_slot(Fiber& fiber);

    struct Statistics {
        uint64_t calls;
        uint64_t outstanding; // now
        uint64_t most_outstanding;
        uint64_t parks;     // waits that let others run
        uint64_t doorbells; // workers' wake-ups asked for
        uint64_t served;    // requests that a carrier had to execute, because no worker could be started
        uint64_t cancellations;
        uint64_t workers; // as the host says
        uint64_t most_workers;
    };
    Statistics statistics() const;

    bool collect() override;
    // A response that was none counts as taken.
    bool has_outstanding() const override { return outstanding() != 0; }
    uint64_t taken() const override { return responses_.position(); }

private:
    static constexpr uint32_t kSlots = wire::kCallQueueEntries;

    uint64_t outstanding() const
    {
        auto answered = responses_.position() - surplus_.load(std::memory_order_relaxed);
        return requests_.position() - answered;
    }
    bool has_slot(Fiber& fiber);
    CallWait<Fiber>& wait_of(uint32_t slot);
    void allow_call(Fiber& fiber);
    void submit(Fiber& fiber, uint32_t slot, GateRequest const& request);
    void wake_worker();
    void note_outstanding();
    void cancel(Fiber& fiber, uint32_t slot);
    bool spin(uint32_t slot);
    void await(Fiber& fiber, uint32_t slot, bool is_cancellable, bool ends_when_kicked);
    bool park(Fiber& fiber);
    void finish(wire::CallMessage const& response);

    wire::HostCalls mode_ { wire::HostCalls::Sync };
    CallChooser chooser_;
    HostAddress cancelled_;
    HostAddress watching_;
    HostAddress taken_;
    HostAddress workers_;
    wire::CallQueueEnd<HostWords, wire::kRequestWords> requests_;
    wire::CallQueueEnd<HostWords, wire::kResponseWords> responses_;
    std::atomic<uint64_t> surplus_ { 0 }; // responses to no call
    std::atomic<uint64_t> most_outstanding_ { 0 };
    std::atomic<uint64_t> parks_ { 0 };
    std::atomic<uint64_t> doorbells_ { 0 };
    std::atomic<uint64_t> served_ { 0 };
    std::atomic<uint64_t> cancellations_ { 0 };
    CallWait<Fiber> waits_[kSlots] {};

    Spinlock lock_;
    uint32_t free_[kSlots] {}; // numbers that were given back
    uint32_t free_count_ { 0 };
    uint32_t used_ { 0 }; // numbers below have been given out
};

AsyncCalls& async_calls();

} // namespace farl
