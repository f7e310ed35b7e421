// EventCounter: what eventfd(2) makes. Lives inside; nothing outside knows about it.
#pragma once

#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/anonymous_file.h"

namespace farl {

class EventCounter final : public AnonymousFile {
public:
    EventCounter(uint64_t initial, bool is_semaphore, uint32_t status_flags)
        : AnonymousFile(status_flags),
          value_(initial),
          is_semaphore_(is_semaphore)
    {
    }

    Result<size_t> read(Sink const& sink) override;
    Result<size_t> write(Source const& source) override;
    uint32_t ready_events() override;
    ReadySource* ready_source() override { return &readiness_; }

private:
    Result<uint64_t> take();
    Result<> put(uint64_t value);

    Spinlock lock_;
    uint64_t value_;
    bool is_semaphore_;
    WaitQueue readers_;
    WaitQueue writers_;
};

} // namespace farl
