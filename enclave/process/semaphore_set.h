// SemaphoreSet: what semget(2) makes: counters that semop(2) changes together or not at all.
#pragma once

#include "enclave/process/ipc_table.h"
#include "enclave/sched/wait_queue.h"

#include <sys/sem.h>

namespace farl {

class SemaphoreSet final : public IpcObject {
public:
    static constexpr size_t kMostInSet = 32000; // semmsl
    static constexpr size_t kMostAtOnce = 500;  // semopm
    static constexpr int kLargestValue = 32767;

    static Result<Ref<SemaphoreSet>> create(size_t count);

    size_t count() const { return counters_.size(); }
    // All of the operations, or EAGAIN, EINTR, EIDRM, ERANGE, EFBIG and nothing changed.
    Result<> operate(Identity const& identity, std::span<sembuf const> operations, uint64_t deadline_ns);
    // semctl(2) GETVAL, GETPID, GETNCNT, GETZCNT
    Result<int> ask(Identity const& identity, int command, size_t index);
    Result<Vector<uint16_t>> values(Identity const& identity);
    Result<> set_values(Identity const& identity, std::span<uint16_t const> values);
    Result<> set_value(Identity const& identity, size_t index, int value);
    Result<semid_ds> describe(Identity const& identity);
    Result<> change(Identity const& identity, semid_ds const& wanted);
    Result<> remove(Identity const& identity);

    int number { 0 };

private:
    struct Counter {
        int value { 0 };
        int last_process { 0 };
        int waiting_for_more { 0 };
        int waiting_for_zero { 0 };
    };

    Result<> check_operations(Identity const& identity, std::span<sembuf const> operations);
    // The first operation that has to wait, or none and all done.
    Result<sembuf const*> try_all(std::span<sembuf const> operations);
    Result<> wait_for(sembuf const& obstacle, uint64_t deadline_ns);

    Vector<Counter> counters_; // under lock, like the rest
    time_t operated_ { 0 }, changed_ { 0 };
    WaitQueue waiters_;
};

} // namespace farl
