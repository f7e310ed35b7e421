// PageBackend: the platform's page operations, as the address space needs them. Ranges are page-aligned.
// The address space batches: one fresh mapping is one protect(), one munmap is one release().
// An error is the platform's failure (out of memory, or a host that refuses); it reaches the application as it is.
#pragma once

#include "base/result.h"
#include "enclave/memory/address_range.h"

namespace farl {

class PageBackend {
public:
    // Gives the pages this protection (kProt*). Pages that were never protected, or were released, are zero.
    virtual Result<> protect(AddressRange range, int protection) = 0;

    // The pages become inaccessible and their contents are gone. May cover pages that were never protected.
    virtual Result<> release(AddressRange range) = 0;

    // The contents become zero, the protection stays (madvise MADV_DONTNEED).
    virtual Result<> discard(AddressRange range) = 0;

    // The contents move to `to`, whose pages had none and get `protection`; `from` ends up released. No overlap.
    virtual Result<> move(AddressRange from, uint64_t to, int protection) = 0;

protected:
    ~PageBackend() = default;
};

} // namespace farl
