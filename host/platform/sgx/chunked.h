// The driver's ioctls that work through a range page by page, and may stop in the middle: when a signal comes, or at a
// page that is just being reclaimed. `count` says how far each got.
#pragma once

#include "base/checked.h"
#include "host/platform/sgx/driver.h"

#include <concepts>
#include <sched.h>

namespace farl::host {

// A page under reclaim is soon out of it. More attempts than this without a page of progress are a driver's bug.
inline constexpr unsigned kMostAttempts = 10'000;

// Whether asking again for what is left helps. Another thread's request cannot be meant by EBUSY: SgxEnclave makes one
// at a time. Of a removal it means a page under reclaim, of an addition a page that is there already.
inline bool is_temporary(unsigned long request, Errno error)
{
    return error == Errno::Eintr || error == Errno::Eagain
        || (error == Errno::Ebusy && request == SGX_IOC_ENCLAVE_REMOVE_PAGES);
}

struct Progress {
    uint64_t done { 0 }; // bytes, from the start of the range
    Result<> result;     // of the page where it ended
};

// Calls again with what is left, until all of parameters.length is done or an error comes that is not temporary.
template <typename Parameters>
Progress control_range(Driver& driver, int descriptor, unsigned long request, Parameters parameters)
{
    uint64_t done = 0;
    for (unsigned attempts = 0; parameters.length > 0; ++attempts) {
        parameters.count = 0;
        if constexpr (requires { parameters.result; })
            parameters.result = 0;
        auto outcome = driver.control(descriptor, request, &parameters);
        if (parameters.count > parameters.length || !is_aligned(parameters.count, kPageSize))
            return { done, Errno::Eio };
        done += parameters.count;
        parameters.offset += parameters.count;
        parameters.length -= parameters.count;
        if constexpr (requires { parameters.src; })
            parameters.src += parameters.count;
        if (outcome.is_error() && !is_temporary(request, outcome.error()))
            return { done, outcome.error() };
        if (parameters.count)
            attempts = 0;
        else if (attempts == kMostAttempts)
            return { done, outcome.is_ok() ? Errno::Eio : outcome.error() };
        else
            sched_yield();
    }
    return { done, {} };
}

} // namespace farl::host
