// farl-launcher: the entry point of a protected container.
#include "host/executor/sync/sync_executor.h"
#include "host/launch/launcher.h"
#include "host/platform/emulator/costs.h"
#include "host/platform/emulator/emulator.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// The options are written by `farl run`, not by people.
bool parse(int count, char** arguments, farl::host::LaunchOptions& options)
{
    for (int i = 1; i + 1 < count; i += 2) {
        if (!strcmp(arguments[i], "--config-fd"))
            options.config_fd = atoi(arguments[i + 1]);
        else if (!strcmp(arguments[i], "--enclave"))
            options.enclave_path = arguments[i + 1];
        else if (!strcmp(arguments[i], "--sigstruct"))
            options.sigstruct_path = arguments[i + 1];
        else if (!strcmp(arguments[i], "--transition-ns"))
            farl::host::set_transition_cost(strtoull(arguments[i + 1], nullptr, 10));
        else
            return false;
    }
    return count % 2 == 1 && options.config_fd >= 0 && options.enclave_path && options.sigstruct_path;
}

} // namespace

int main(int count, char** arguments)
{
    farl::host::LaunchOptions options;
    if (!parse(count, arguments, options)) {
        fputs("farl-launcher is started by `farl run`: see farl run --help\n", stderr);
        return 2;
    }
    auto platform = farl::host::Emulator::create();
    if (platform.is_error()) {
        fprintf(stderr, "farl: this machine cannot emulate SGX: %s\n", strerror(static_cast<int>(platform.error())));
        return 125;
    }
    static farl::host::SyncExecutor executor;
    static farl::host::Launcher launcher(*platform.value(), executor);
    return launcher.run(options);
}
