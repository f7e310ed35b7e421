#include "enclave/crypto/wide/wide_processor.h"

#include "enclave/crypto/wide/wide_gcm.h"

#include <atomic>

namespace farl {

// Two threads may find out at once.
bool has_wide_gcm()
{
    enum Known : uint8_t { Unknown, Lacking, Present };
    static constinit std::atomic<Known> known { Unknown };
    if (auto const answer = known.load(std::memory_order_relaxed); answer != Unknown)
        return answer == Present;
    bool const is_present = farl_probe_wide_gcm() != 0;
    known.store(is_present ? Present : Lacking, std::memory_order_relaxed);
    return is_present;
}

} // namespace farl
