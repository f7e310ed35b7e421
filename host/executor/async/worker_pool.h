// WorkerPool: threads that take host calls from the request queue, execute them, and put them into the response queue.
// A worker that finds nothing looks again at growing intervals, then sleeps; one that has slept for long ends. There
// are always as many as there are blocked calls: the enclave asks for one more when it sees that none is looking.
#pragma once

#include "abi/wire/call_queue.h"
#include "abi/wire/hostcall.h"
#include "base/result.h"
#include "host/executor/async/thread_user.h"
#include "host/executor/executor.h"

#include <mutex>

namespace farl::host {

// The words of a queue on this side.
class QueueWords {
public:
    constexpr QueueWords() = default;
    explicit QueueWords(uint64_t* words) : words_(words) { }
    uint64_t read(uint64_t index) const { return __atomic_load_n(words_ + index, __ATOMIC_ACQUIRE); }
    void write(uint64_t index, uint64_t word) const { __atomic_store_n(words_ + index, word, __ATOMIC_RELEASE); }

private:
    uint64_t* words_ { nullptr };
};

class WorkerPool {
public:
    // Told after each response: a carrier that sleeps has to be woken.
    class Listener {
    public:
        virtual void on_response() = 0;

    protected:
        ~Listener() = default;
    };

    WorkerPool(Executor& executor, Listener& listener) : executor_(executor), listener_(listener) { }

    // Takes memory for queues and slots. `cancel_signal` interrupts a call that blocks.
    Result<> initialise(int cancel_signal);
    wire::AsyncAddresses addresses() const;

    // Calls of the enclave: 0 or -errno.
    int64_t wake_worker();
    int64_t cancel(uint64_t slot);
    // From the next request on workers act for the user that the calling thread acts for.
    int64_t act_for_caller();

    // How many responses there have been.
    uint64_t response_count() const { return responses_.position(); }

private:
    // All of it is the enclave's to read; nothing of it is believed there.
    struct Shared {
        uint64_t requests[wire::kCallQueueWords];
        uint64_t responses[wire::kCallQueueWords];
        wire::HostCallSlot slots[wire::kCallQueueWords];
        alignas(64) uint64_t watching;
    };

    static void* worker_main(void* pool);
    void work();
    std::optional<uint32_t> next_request();
    std::optional<uint32_t> sleep_for_request();
    void execute(uint32_t slot, int thread);
    void keep_up_with_user(uint64_t& generation);
    void change_watching(int64_t by) { __atomic_fetch_add(&shared_->watching, by, __ATOMIC_SEQ_CST); }

    Executor& executor_;
    Listener& listener_;
    int cancel_signal_ { 0 };
    Shared* shared_ { nullptr };
    wire::CallQueueEnd<QueueWords> requests_;
    wire::CallQueueEnd<QueueWords> responses_;
    std::atomic<uint32_t> bell_ { 0 }; // the futex that sleeping workers wait on
    std::atomic<uint32_t> sleeping_ { 0 };
    std::atomic<uint32_t> worker_count_ { 0 };
    std::mutex user_lock_;
    ThreadUser user_;                                      // guarded by user_lock_
    std::atomic<uint64_t> user_generation_ { 0 };          // 0: all have been the same from the start
    std::atomic<int> executing_[wire::kCallQueueWords] {}; // by slot: the thread that is in its call, or 0
};

} // namespace farl::host
