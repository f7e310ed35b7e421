// ElRange: the addresses of one enclave, reserved as a whole and inaccessible until pages are given permissions.
// It knows nothing of SGX. Permissions are sgx::kPage....
#pragma once

#include "abi/sgx/page_run.h"
#include "base/result.h"

namespace farl::host {

class ElRange {
public:
    // EEXIST if something is mapped there. Addresses that the kernel never gives (vm.mmap_min_addr) are left out.
    static Result<ElRange> reserve(sgx::Range range);

    ElRange() = default;
    ElRange(ElRange&& other) noexcept : range_(std::exchange(other.range_, {})) { }
    ElRange& operator=(ElRange&& other) noexcept
    {
        std::swap(range_, other.range_);
        return *this;
    }
    ~ElRange();

    // What is really reserved.
    sgx::Range range() const { return range_; }

    // Both for page-aligned parts of the range, which the caller has checked. New pages are zero.
    Result<> protect(sgx::Range part, uint64_t permissions);
    Result<> release(sgx::Range part);
    // Memory of the same size from elsewhere takes the part's place at once, and is gone there.
    Result<> adopt(sgx::Range part, void* memory, uint64_t permissions);
    // Contents only: the pages are zero again.
    Result<> discard(sgx::Range part);

private:
    explicit ElRange(sgx::Range range) : range_(range) { }

    sgx::Range range_;
};

} // namespace farl::host
