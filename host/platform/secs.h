// The SECS of an enclave as the platform interface describes it, and the part of EINIT that compares it with a
// SIGSTRUCT. Shared by the platforms.
#pragma once

#include "abi/sgx/sigstruct.h"
#include "host/platform/platform.h"

namespace farl::host {

inline sgx::Secs secs_from(EnclaveParameters const& parameters)
{
    sgx::Secs secs;
    secs.base = parameters.range.address;
    secs.size = parameters.range.size;
    secs.attributes = parameters.attributes;
    secs.misc_select = parameters.misc_select;
    secs.ssa_frame_pages = parameters.ssa_frame_pages;
    return secs;
}

// Whether the attributes are those that the signer demands. SDM vol. 3D, "EINIT".
inline bool has_signed_attributes(sgx::Secs const& secs, sgx::SigStruct const& signature)
{
    auto match = [](uint64_t actual, uint64_t wanted, uint64_t mask) { return (actual & mask) == (wanted & mask); };
    return match(secs.attributes.flags, signature.attributes.flags, signature.attribute_mask.flags)
        && match(secs.attributes.xfrm, signature.attributes.xfrm, signature.attribute_mask.xfrm)
        && match(secs.misc_select, signature.misc_select, signature.misc_mask)
        && match(secs.cet_attributes, signature.cet_attributes, signature.cet_attributes_mask);
}

} // namespace farl::host
