// The checks that EINIT makes of a SIGSTRUCT alone. SDM vol. 3D, "EINIT". Pure; needs libcrypto's numbers and SHA-256.
#pragma once

#include "abi/sgx/sigstruct.h"

namespace farl::sgx {

// Header, exponent, vendor, reserved bytes.
bool is_well_formed(SigStruct const& signature);

// RSASSA-PKCS1-v1_5 with SHA-256 under the key in it, and q1 and q2 as the manual defines them.
bool is_signed(SigStruct const& signature);

} // namespace farl::sgx
