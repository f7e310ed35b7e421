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

    // For attacks: a response, as an honest host would write it; or any word where the next one is expected.
    void push(uint32_t slot);
    void write_next(uint64_t word);
    // Lets a worker execute what is in the slot, again.
    void execute(uint32_t slot);
    // What the enclave sees.
    wire::HostCallSlot& slot(uint32_t index) { return slots_[index]; }
    uint64_t& watching() { return watching_; }

private:
    void on_response() override;
    void forward_requests();
    void forward_for_ever();
    void wake_carriers();
    void wake_pool();

    Liar& liar_;
    WorkerPool pool_;
    // Between relay and workers.
    wire::CallQueueEnd<QueueWords> to_workers_, from_workers_;
    wire::HostCallSlot* worker_slots_ { nullptr };
    // Between enclave and relay.
    wire::CallQueueEnd<QueueWords> requests_, responses_;
    uint64_t request_words_[wire::kCallQueueWords] {};
    uint64_t response_words_[wire::kCallQueueWords] {};
    wire::HostCallSlot slots_[wire::kCallQueueWords] {};
    uint64_t watching_ { 0 };

    std::mutex forwarding_; // a cancellation is not to be overwritten by its call
    std::mutex responding_; // nor a response by what write_next() writes
    wire::HostCallSlot* carrier_slots_ { nullptr };
    std::atomic<bool> asleep_[sgx::kTcsCount] {};
};

} // namespace farl::host
