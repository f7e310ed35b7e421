// Measures an enclave as the processor will, and makes its SIGSTRUCT.
#pragma once

#include "abi/sgx/image.h"
#include "owner/signer/signing_key.h"

namespace farl::owner {

// What the signer states about an enclave; the SIGSTRUCT demands it of the platform.
struct EnclaveIdentity {
    sgx::Hash mrenclave {};
    uint16_t product_id { 0 };
    uint16_t security_version { 0 };
    bool allows_debug { false };
};

// MRENCLAVE of the image in the address range and with the SSA frames of abi/sgx/layout.h.
Result<sgx::Hash> measure(sgx::Image const& image);

// Demands 64-bit mode, EXINFO in the SSA and, unless allowed, no DEBUG; leaves AVX and AVX-512 to the platform.
// The date is fixed, so that the same enclave and key give the same bytes.
sgx::SigStruct sign_enclave(SigningKey const& key, EnclaveIdentity const& identity);

} // namespace farl::owner
