// farl-launcher: the entry point of a protected container.
#include "host/executor/sync/sync_executor.h"
#include "host/launch/container_entry.h"
#include "host/launch/launcher.h"
#include "host/launch/platform_choice.h"
#include "host/platform/emulator/costs.h"
#include "host/platform/emulator/emulator.h"
#include "host/platform/sgx/linux_driver.h"

#include <cstdio>
#include <cstring>

namespace {

// For `farl attest emulator`: what the emulator with this secret is known by.
int print_root(char const* secret_path)
{
    auto platform = farl::host::Emulator::create(secret_path);
    if (platform.is_error())
        return 125;
    for (auto byte : farl::host::Emulator::root())
        printf("%02x", static_cast<unsigned>(byte));
    return puts("") < 0 ? 125 : 0;
}

} // namespace

int main(int count, char** arguments)
{
    if (count == 3 && !strcmp(arguments[1], "--print-root"))
        return print_root(arguments[2]);
    static farl::host::ContainerEntry container;
    bool const is_entry_point = count == 1 && farl::host::is_started_by_container();
    auto options = is_entry_point ? container.prepare() : farl::host::LaunchOptions::parse(count, arguments);
    if (!options && is_entry_point)
        return 125;
    if (!options) {
        fputs("farl-launcher is started by `farl run`, or in a container with FARL_CAS=ADDRESS:PORT and "
              "FARL_SESSION=SESSION/SERVICE\n",
            stderr);
        return 2;
    }
    static farl::host::LinuxDriver driver;
    auto const* secret = options->emulator_secret_path ? options->emulator_secret_path : "";
    auto platform = farl::host::choose_platform(options->platform, driver, { secret, options->page_use });
    if (platform.is_error())
        return 125;
    farl::host::set_transition_cost(options->transition_ns);
    static farl::host::SyncExecutor executor;
    static farl::host::Launcher launcher(*platform.value(), executor);
    return launcher.run(*options);
}
