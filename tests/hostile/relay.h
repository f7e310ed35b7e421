// Relay: stands between the enclave and the workers, with memory of its own on the enclave's side, so that what the
// enclave finds in its queues, and when, is the attack's choice. The calls are executed by the product's own workers.
#pragma once

#include "abi/sgx/layout.h"
#include "host/executor/async/worker_pool.h"
#include "tests/hostile/liar.h"

#include <mutex>

namespace farl::host {

class Relay final : private WorkerPool::Listener {
public:
    Relay(Executor& executor, Liar& liar) : liar_(liar), pool_(executor, *this) { }

    // Puts its own queues into the place of the launcher's. Once, before the enclave runs.
    void start(wire::StartInfo& info);
    // A synchronous call of a carrier that is about the queues, or sleeps until something is in them.
    void take_over(HostCall& call, uint64_t carrier);
    void note_return(uint64_t carrier) { asleep_[carrier].store(false); }

    // For attacks: a response with the slot's result, as an honest host would write it.
    void push(uint32_t slot);
    // This result now, and none when the call has been executed.
    void answer_early(uint32_t slot, int64_t result);
    // What is in the next response's entry, before it is there or instead of it: its first word, or its result.
    void write_next(uint64_t word);
    void write_next_result(int64_t result);
    // Lets a worker execute the slot's request, again.
    void execute(uint32_t slot);
    // Overwrites what the enclave has written for the host, which has read it: the request taken last.
    void overwrite_request(uint64_t random);

    wire::Payload const& request(uint32_t slot) const { return taken_[slot]; }
    int64_t& result(uint32_t slot) { return results_[slot]; }
    uint64_t& watching() { return watching_; }

private:
    bool on_response() override;
    void on_untaken_response() override { }
    void forward_requests();
    void forward_for_ever();
    void wake_carriers();
    void wake_pool();
    void await_end_of(uint32_t slot);
    uint64_t* next_entry();

    Liar& liar_;
    WorkerPool pool_;
    // Between relay and workers.
    wire::CallQueueEnd<QueueWords, wire::kRequestWords> to_workers_;
    wire::CallQueueEnd<QueueWords, wire::kResponseWords> from_workers_;
    uint64_t* worker_cancelled_ { nullptr };
    wire::Payload taken_[wire::kCallQueueEntries] {};
    int64_t results_[wire::kCallQueueEntries] {};
    std::atomic<bool> is_answered_early_[wire::kCallQueueEntries] {}; // and still executed
    // Between enclave and relay.
    wire::CallQueueEnd<QueueWords, wire::kRequestWords> requests_;
    wire::CallQueueEnd<QueueWords, wire::kResponseWords> responses_;
    alignas(64) uint64_t request_words_[wire::kCallQueueSize / 8] {};
    uint64_t response_words_[wire::kCallQueueSize / 8] {};
    uint64_t cancelled_[wire::kCallQueueEntries] {};
    wire::WorkerCounts workers_ {};
    uint64_t watching_ { 0 };
    uint64_t enclave_has_taken_ { 0 };

    std::mutex forwarding_; // a cancellation is not to be overwritten by its call
    std::mutex responding_; // nor a response by what write_next() writes
    wire::HostCallSlot* carrier_slots_ { nullptr };
    std::atomic<bool> asleep_[sgx::kTcsCount] {};
};

} // namespace farl::host
