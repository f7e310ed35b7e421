#include "host/launch/platform_choice.h"

#include "host/platform/emulator/emulator.h"
#include "host/platform/sgx/sgx_platform.h"

#include <cstdio>
#include <cstring>

namespace farl::host {

namespace {

void tell(std::string const& line) { std::fprintf(stderr, "farl: %s\n", line.c_str()); }
void ignore(std::string const&) { }

Result<Owned<Platform>> create_emulator(EmulatorOptions const& options)
{
    auto emulator = Emulator::create(options.secret_file, options.page_use);
    if (emulator.is_error())
        tell(std::string("this machine cannot emulate SGX: ") + std::strerror(static_cast<int>(emulator.error())));
    return emulator;
}

// Whether SGX can be used is no news to who did not ask for it; what fails later is.
Result<Owned<Platform>> create_best(Driver& driver, EmulatorOptions const& emulator)
{
    if (SgxPlatform::create(driver, ignore).is_ok())
        return SgxPlatform::create(driver, tell);
    return create_emulator(emulator);
}

} // namespace

std::optional<PlatformName> platform_named(std::string_view name)
{
    if (name == "auto")
        return PlatformName::Auto;
    if (name == "sgx")
        return PlatformName::Sgx;
    if (name == "emulator")
        return PlatformName::Emulator;
    return {};
}

Result<Owned<Platform>> choose_platform(
    PlatformName name, Driver& driver, EmulatorOptions const& emulator, bool prefers_sgx)
{
    if (name == PlatformName::Sgx)
        return SgxPlatform::create(driver, tell);
    if (name == PlatformName::Auto && prefers_sgx)
        return create_best(driver, emulator);
    return create_emulator(emulator);
}

} // namespace farl::host
