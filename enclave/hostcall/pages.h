// The platform's page operations by host call. On SGX the enclave accepts each change (EACCEPT); in the emulator the
// launcher's word stands for the hardware's.
#pragma once

#include "enclave/memory/page_backend.h"

namespace farl {

class HostPages final : public PageBackend {
public:
    Result<> protect(AddressRange range, int protection) override;
    Result<> release(AddressRange range) override;
    Result<> discard(AddressRange range) override;
    Result<> move(AddressRange from, uint64_t to, int protection) override;
    Result<> place(AddressRange from, uint64_t to, int protection) override;
};

HostPages& host_pages();

} // namespace farl
