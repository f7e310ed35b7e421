// A signal mask for the time of one call: ppoll, pselect, epoll_pwait. If a signal ends the call, it is delivered under
// this mask and the old one comes back with the handler's end; otherwise the call puts it back itself.
#pragma once

#include "enclave/memory/user_memory.h"
#include "enclave/process/process.h"

namespace farl {

class TemporaryMask {
public:
    explicit TemporaryMask(Thread& thread) : thread_(thread) { }

    // A null address changes nothing. EINVAL for a set of another size.
    Result<> apply(uint64_t user_mask, size_t size);

    template <typename T>
    Result<T> finish(Result<T> result)
    {
        if (is_applied_ && !(result.is_error() && result.error() == Errno::Eintr))
            take_back();
        return result;
    }

private:
    void take_back();

    Thread& thread_;
    bool is_applied_ { false };
};

} // namespace farl
