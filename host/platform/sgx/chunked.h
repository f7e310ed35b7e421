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

struct Progress {
    uint64_t done { 0 }; // bytes, from the start of the range
    Result<> result;     // of the page where it ended
};

// Calls again with what is left, until all of parameters.length is done or an error other than EINTR and EAGAIN comes.
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
        bool const is_temporary =
            outcome.is_ok() || outcome.error() == Errno::Eintr || outcome.error() == Errno::Eagain;
        if (!is_temporary)
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
