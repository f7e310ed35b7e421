// How an enclave's address range is mapped into its host process.
#pragma once

#include "abi/sgx/secinfo.h"

#include <sys/mman.h>

namespace farl::host {

// Below it the kernel maps nothing: vm.mmap_min_addr.
inline constexpr uint64_t kLowestAddress = 0x1'0000;

// PROT_... for permissions of pages.
constexpr int protection(uint64_t permissions)
{
    return (permissions & sgx::kPageRead ? PROT_READ : 0) | (permissions & sgx::kPageWrite ? PROT_WRITE : 0)
        | (permissions & sgx::kPageExecute ? PROT_EXEC : 0);
}

} // namespace farl::host
