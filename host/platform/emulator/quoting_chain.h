// The certificates that an emulated quote ends with, in PEM: of the platform, of an authority, and of the root of this
// machine's emulator. They say in words that they protect nothing.
#pragma once

#include "abi/sgx/secs.h"
#include "host/platform/emulator/quoting_key.h"

#include <string>

namespace farl::host {

std::string quoting_chain(PlatformKeys const& keys, QuotingKey const& platform);

// SHA-256 of the root's SubjectPublicKeyInfo: what this machine's emulator is known by.
sgx::Hash quoting_root(PlatformKeys const& keys);

} // namespace farl::host
