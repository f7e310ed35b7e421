// FARL_ATTENDED: how `farl attach` tells whoever starts the enclave, perhaps by way of a container engine, that it is
// about to attach at a terminal.
#pragma once

#include "abi/wire/launch_config.h"

#include <cstdlib>

namespace farl::owner {

inline constexpr char const* kAttendedVariable = "FARL_ATTENDED";

inline uint32_t attended_switch() { return std::getenv(kAttendedVariable) ? wire::kLaunchAttended : 0; }

} // namespace farl::owner
