// Waiting for any of several files, inside or outside, as poll(2) does.
#pragma once

#include "enclave/sched/scheduler.h"
#include "enclave/vfs/file.h"

#include <span>

namespace farl {

class PollEntry final : public ReadyObserver {
public:
    ~PollEntry();
    void became_ready(uint32_t events) override;

    Ref<File> file; // null: passed over
    uint32_t wanted { 0 };
    uint32_t found { 0 }; // the answer; preset kPollNval for a number that is not open

private:
    friend class Poll;
    Fiber* fiber_ { nullptr };
    ReadySource* source_ { nullptr };
    std::optional<uint32_t> asked_outside_; // of the host
};

// Fills in `found` of each entry and returns how many have something. EINTR for a signal; 0 at the deadline.
Result<size_t> poll_files(std::span<PollEntry> entries, uint64_t deadline_ns);

} // namespace farl
