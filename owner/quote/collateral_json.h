// The JSON texts that Intel signs, as structures. Throws Refusal for what does not have their form.
#pragma once

#include "owner/quote/collateral.h"

namespace farl::owner {

// Version 3 for SGX.
TcbInfo tcb_info_from(std::string const& json);
// Version 2 of the quoting enclave's ("QE").
QeIdentity qe_identity_from(std::string const& json);

} // namespace farl::owner
