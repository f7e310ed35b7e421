// WorkerPool: threads that take host calls from the request queue, execute them, and put the results into the response
// queue. A worker that finds nothing looks again for a while, then sleeps; one that has slept for long ends. There are
// always as many as there are blocked calls: the enclave asks for one more when it sees that none is looking.
#pragma once

#include "abi/wire/call_queue.h"
#include "abi/wire/hostcall.h"
#include "base/crowd_sense.h"
#include "base/result.h"
#include "host/executor/async/thread_user.h"
#include "host/executor/async/worker_roster.h"
#include "host/executor/executor.h"

#include <pthread.h>

namespace farl::host {

// The words of a queue on this side.
class QueueWords {
public:
    constexpr QueueWords() = default;
    explicit QueueWords(uint64_t* words) : words_(words) { }
    uint64_t read(uint64_t index) const { return __atomic_load_n(words_ + index, __ATOMIC_ACQUIRE); }
    void write(uint64_t index, uint64_t word) const { __atomic_store_n(words_ + index, word, __ATOMIC_RELEASE); }
    void will_write(uint64_t index) const { __builtin_prefetch(words_ + index, 1); }

private:
    uint64_t* words_ { nullptr };
};

using RequestEnd = wire::CallQueueEnd<QueueWords, wire::kRequestWords>;
using ResponseEnd = wire::CallQueueEnd<QueueWords, wire::kResponseWords>;

struct WorkerPoolOptions {
    int cancel_signal { 0 };             // interrupts a call that blocks
    uint64_t most_watching { 1 };        // workers that look for requests at a time: there are processors for so many
    uint64_t patience_ticks { 125'000 }; // about 50 us: so long a response may stay untaken while a carrier is awake
    uint64_t watch_ticks { 250'000 };    // before a sleep: about 100 us, as long as two wake-ups take
    uint64_t away_ticks { CrowdSense::kAway };
    std::chrono::nanoseconds longest_sleep { std::chrono::seconds(10) };
    int (*start_thread)(pthread_t*, pthread_attr_t const*, void* (*)(void*), void*) { pthread_create };
};

class WorkerPool {
public:
    // Carriers that sleep have to be woken for responses.
    class Listener {
    public:
        // After each response. False if somebody else may take it soon: the worker will see to that.
        virtual bool on_response() = 0;
        // Nobody has.
        virtual void on_untaken_response() = 0;

    protected:
        ~Listener() = default;
    };

    WorkerPool(Executor& executor, Listener& listener) : executor_(executor), listener_(listener) { }

    // Takes memory for the queues.
    Result<> initialise(WorkerPoolOptions const& options);
    wire::AsyncAddresses addresses() const;

    // Calls of the enclave: 0 or -errno.
    int64_t wake_worker();
    int64_t serve_request();
    int64_t cancel(uint64_t slot);
    // From the next request on workers act for the user that the calling thread acts for.
    int64_t act_for_caller();

    // How many responses there have been.
    uint64_t response_count() const { return responses_.position(); }

private:
    // All of it is the enclave's to read; nothing of it is believed there.
    struct Shared {
        alignas(64) uint64_t requests[wire::kCallQueueSize / 8];
        uint64_t responses[wire::kCallQueueSize / 8];
        uint64_t cancelled[wire::kCallQueueEntries];
        alignas(64) uint64_t watching;
        alignas(64) uint64_t taken;
        alignas(64) wire::WorkerCounts workers;
    };

    // The first response of a worker that nobody may have taken yet; position 0: there is none.
    struct Untaken {
        uint64_t position { 0 };
        uint64_t since { 0 };
    };

    struct Worker {
        int thread;
        uint64_t user_generation { 0 };
        Untaken untaken {};
        CrowdSense crowd {};
    };

    int64_t start_worker();
    static void* worker_main(void* pool);
    void work();
    std::optional<wire::CallMessage> next_request(Worker& worker);
    std::optional<wire::CallMessage> watch(Worker& worker);
    void serve(wire::CallMessage const& request, Worker& worker);
    void look_after(Untaken& untaken, uint64_t patience);
    void call_for_others(wire::CallMessage const& request);
    int64_t execute(wire::CallMessage const& request, int thread);
    uint64_t watching() const { return __atomic_load_n(&shared_->watching, __ATOMIC_SEQ_CST); }
    void keep_up_with_user(uint64_t& generation);
    void change_watching(int64_t by) { __atomic_fetch_add(&shared_->watching, by, __ATOMIC_SEQ_CST); }

    Executor& executor_;
    Listener& listener_;
    WorkerPoolOptions options_;
    Shared* shared_ { nullptr };
    RequestEnd requests_;
    ResponseEnd responses_;
    WorkerRoster roster_;
    std::mutex waking_; // one at a time, so that two who see the same need do not wake two
    std::mutex user_lock_;
    ThreadUser user_;                             // guarded by user_lock_
    std::atomic<uint64_t> user_generation_ { 0 }; // 0: all have been the same from the start
    // By slot: the thread in a call that can be cancelled, or 0.
    std::atomic<int> executing_[wire::kCallQueueEntries] {};
};

} // namespace farl::host
