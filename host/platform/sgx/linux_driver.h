// LinuxDriver: the Driver of this machine.
#pragma once

#include "host/platform/sgx/driver.h"

namespace farl::host {

class LinuxDriver final : public Driver {
public:
    SgxFeatures features() const override;
    Result<EntryFunction> entry_function() const override;
    Result<int> open(char const* path) override;
    void close(int descriptor) override;
    Result<> control(int descriptor, unsigned long request, void* argument) override;
    Result<> map(sgx::Range range, int protection, int descriptor) override;
    void unmap(sgx::Range range) override;
    Result<> protect(sgx::Range range, int protection) override;
};

} // namespace farl::host
