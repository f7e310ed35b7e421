// EpcEnclave: what the processor keeps of one enclave (SECS, EPCM, TCSs, the running measurement), and the ENCLS
// leaves that build it. SDM vol. 3D, "Intel SGX Instruction References". Building is for one thread.
#pragma once

#include "abi/sgx/sigstruct.h"
#include "abi/sgx/tcs.h"
#include "host/platform/emulator/demand_pages.h"
#include "host/platform/emulator/elrange.h"
#include "host/platform/emulator/epcm.h"
#include "host/platform/emulator/fault.h"
#include "host/platform/emulator/sha256.h"

#include <atomic>
#include <map>
#include <vector>

namespace farl::host {

// A TCS page: in the EPC, so not even the enclave can read it. The owner of `is_active` alone changes it.
struct TcsPage {
    sgx::Tcs tcs;
    // Set by EINIT. That the fields which nothing changes any more allow an entry.
    bool is_enterable { false };
    // Leading SSA frames all of whose pages are readable, writable, regular pages of the enclave.
    uint64_t usable_ssa_frames { 0 };
    std::atomic<bool> is_active { false };
};

// Error codes of EINIT.
enum class EinitStatus : uint32_t {
    Success = 0,
    InvalidSigStruct = 1,
    InvalidAttribute = 2,
    InvalidMeasurement = 4,
    InvalidSignature = 8,
};

struct EpcEnclave {
    sgx::Secs secs;
    ElRange memory;
    Epcm epcm;
    std::optional<DemandPages> demand; // if every page has to be accepted before it is used
    std::map<uint64_t, TcsPage> tcs_pages;
    uint64_t id { next_id() }; // no two enclaves of the process have the same
    Sha256 measurement;
    size_t xsave_size { 0 }; // of the features in XFRM
    // Addresses of the patched ENCLU sites, by the index of their thunk.
    std::vector<uint64_t> enclu_sites;

    bool is_initialised() const { return secs.attributes.flags & sgx::kAttributeInit; }
    sgx::Range range() const { return { secs.base, secs.size }; }
    uint64_t ssa_frame_size() const { return secs.ssa_frame_pages * kPageSize; }
    static uint64_t next_id();
};

// `enclave.memory` is untouched: a SECS is fine without any.
LeafFault ecreate(EpcEnclave& enclave, sgx::Secs const& source);

// An empty `contents` is a page of zeros; otherwise the page must be writable, or be a TCS.
LeafFault eadd(EpcEnclave& enclave, uint64_t address, sgx::SecInfo const& info, std::span<std::byte const> contents);

// The page must be readable, or be a TCS.
LeafFault eextend(EpcEnclave& enclave, uint64_t address);

// Launch control is as on hardware whose owner allows every signer. `status` is set if there is no fault.
LeafFault einit(EpcEnclave& enclave, sgx::SigStruct const& signature, EinitStatus& status);

} // namespace farl::host
