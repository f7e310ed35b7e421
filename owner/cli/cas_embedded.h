// `farl cas embedded`: what `farl run` starts where no CAS is named. Not for people.
#pragma once

#include <span>

namespace farl::owner {

// SOCKET STARTUP MRENCLAVE: two descriptors and 32 bytes in hexadecimal (owner/launch/embedded_cas.h). With volumes,
// where their keys are, `newest` or `any`, and each one's name and file. Serves one enclave.
int cas_embedded(std::span<char const* const> arguments);

} // namespace farl::owner
