// PageProvider: where the runtime's own memory comes from. Both calls may leave the enclave, so no lock is held.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>

namespace farl {

class PageProvider {
public:
    // Makes pages of a reserved range readable, writable and zero.
    virtual Result<> commit(uint64_t address, size_t size) = 0;

    // Gives committed pages back; they may be committed again.
    virtual Result<> release(uint64_t address, size_t size) = 0;

protected:
    ~PageProvider() = default;
};

} // namespace farl
