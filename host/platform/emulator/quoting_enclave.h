// The emulated quoting enclave: turns reports of this machine's enclaves into quotes (abi/sgx/emulated_quote.h). What
// it signs with is derived from the platform's secret. It is code of the emulator: there is no enclave around it.
#pragma once

#include "host/platform/emulator/keys.h"

#include <vector>

namespace farl::host {

// Whom reports have to be made for.
sgx::TargetInfo quoting_target();

// EACCES if the report was not made on this machine, for quoting_target(), or was changed.
Result<std::vector<std::byte>> quote_of(PlatformKeys const& keys, sgx::Report const& report);

} // namespace farl::host
