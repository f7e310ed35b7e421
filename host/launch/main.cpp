// farl-launcher: the entry point of a protected container.
#include "host/executor/sync/sync_executor.h"
#include "host/launch/launcher.h"
#include "host/launch/platform_choice.h"
#include "host/platform/emulator/costs.h"
#include "host/platform/sgx/linux_driver.h"

#include <cstdio>

int main(int count, char** arguments)
{
    auto options = farl::host::LaunchOptions::parse(count, arguments);
    if (!options) {
        fputs("farl-launcher is started by `farl run`: see farl run --help\n", stderr);
        return 2;
    }
    static farl::host::LinuxDriver driver;
    auto platform = farl::host::choose_platform(options->platform, driver);
    if (platform.is_error())
        return 125;
    farl::host::set_transition_cost(options->transition_ns);
    static farl::host::SyncExecutor executor;
    static farl::host::Launcher launcher(*platform.value(), executor);
    return launcher.run(*options);
}
