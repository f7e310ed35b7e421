// Driver: everything that the SGX platform asks of the system, and nothing else, so that a fake can stand in: the
// device files of the Linux SGX driver (asm/sgx.h), the mappings of the enclave's range, the vDSO's way into an
// enclave, and what the processor can do. Errors are the system's own.
#pragma once

#include "abi/sgx/page_run.h"
#include "base/result.h"

#include <asm/sgx.h>

namespace farl::host {

// __vdso_sgx_enter_enclave, and the address of its ENCLU: where an AEX leaves RIP, with RAX for ERESUME.
struct EntryFunction {
    vdso_sgx_enter_enclave_t function { nullptr };
    uint64_t enclu { 0 };
};

struct SgxFeatures {
    bool has_sgx1 { false };
    bool has_sgx2 { false };
    uint64_t xfrm { 0 };         // what SECS.ATTRIBUTES.XFRM may have
    unsigned largest_log2 { 0 }; // enclaves have up to 2^this bytes
};

class Driver {
public:
    virtual ~Driver() = default;

    virtual SgxFeatures features() const = 0;
    // ENOSYS if the kernel's vDSO has none.
    virtual Result<EntryFunction> entry_function() const = 0;

    virtual Result<int> open(char const* path) = 0; // open(2), for reading and writing
    virtual void close(int descriptor) = 0;
    virtual Result<> control(int descriptor, unsigned long request, void* argument) = 0; // ioctl(2)

    // The range itself and nowhere else, shared: EEXIST if something is there. mmap(2), munmap(2), mprotect(2).
    virtual Result<> map(sgx::Range range, int protection, int descriptor) = 0;
    virtual void unmap(sgx::Range range) = 0;
    virtual Result<> protect(sgx::Range range, int protection) = 0;
};

inline constexpr char kEnclaveDevice[] = "/dev/sgx_enclave";
inline constexpr char kProvisionDevice[] = "/dev/sgx_provision";

} // namespace farl::host
