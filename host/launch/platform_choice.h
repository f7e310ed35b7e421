// Which platform the launcher runs its enclave on.
#pragma once

#include "host/platform/platform.h"
#include "host/platform/sgx/driver.h"

#include <string>
#include <string_view>

namespace farl::host {

enum class PlatformName : uint8_t {
    Auto,
    Sgx,
    Emulator,
};

// The runtime does not execute EACCEPT yet, so that on hardware it ends at its first new page
// (docs/design/0013-sgx-platform.md): until it does, nobody gets SGX without asking for it.
inline constexpr bool kRuntimeAcceptsPages = false;

std::optional<PlatformName> platform_named(std::string_view name);

// Auto is SGX where that works, else the emulator (with its secret in this file, if named). What is wrong with the
// platform asked for is told on stderr. `driver` has to outlive the platform.
Result<Owned<Platform>> choose_platform(PlatformName name, Driver& driver, std::string const& emulator_secret,
    bool runtime_accepts_pages = kRuntimeAcceptsPages);

} // namespace farl::host
