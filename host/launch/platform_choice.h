// Which platform the launcher runs its enclave on.
#pragma once

#include "host/platform/emulator/emulated_enclave.h"
#include "host/platform/sgx/driver.h"

#include <string>
#include <string_view>

namespace farl::host {

enum class PlatformName : uint8_t {
    Auto,
    Sgx,
    Emulator,
};

// Nothing has run on hardware yet, and the command's own CAS takes emulated enclaves only
// (docs/design/0013-sgx-platform.md): nobody gets SGX without asking for it.
inline constexpr bool kPrefersSgx = false;

struct EmulatorOptions {
    std::string secret_file {};
    PageUse page_use { PageUse::AtOnce };
};

std::optional<PlatformName> platform_named(std::string_view name);

// Auto is SGX where that works, if it is preferred, else the emulator. What is wrong with the platform asked for is
// told on stderr. `driver` has to outlive the platform.
Result<Owned<Platform>> choose_platform(
    PlatformName name, Driver& driver, EmulatorOptions const& emulator, bool prefers_sgx = kPrefersSgx);

} // namespace farl::host
