// The checks that EINIT makes of a SIGSTRUCT alone. SDM vol. 3D, "EINIT".
#pragma once

#include "abi/sgx/sigstruct.h"

namespace farl::host {

// Header, exponent, vendor, reserved bytes.
bool is_well_formed(sgx::SigStruct const& signature);

// RSASSA-PKCS1-v1_5 with SHA-256 under the key in it, and q1 and q2 as the manual defines them.
bool is_signed(sgx::SigStruct const& signature);

} // namespace farl::host
