#include "host/launch/launch_options.h"

#include <cstdlib>
#include <cstring>

namespace farl::host {

std::optional<LaunchOptions> LaunchOptions::parse(int count, char** arguments)
{
    LaunchOptions options;
    for (int i = 1; i + 1 < count; i += 2) {
        if (!strcmp(arguments[i], "--config-fd"))
            options.config_fd = atoi(arguments[i + 1]);
        else if (!strcmp(arguments[i], "--enclave"))
            options.enclave_path = arguments[i + 1];
        else if (!strcmp(arguments[i], "--sigstruct"))
            options.sigstruct_path = arguments[i + 1];
        else if (auto platform = platform_named(arguments[i + 1]); platform && !strcmp(arguments[i], "--platform"))
            options.platform = *platform;
        else if (!strcmp(arguments[i], "--emulator-secret"))
            options.emulator_secret_path = arguments[i + 1];
        else if (!strcmp(arguments[i], "--transition-ns"))
            options.transition_ns = strtoull(arguments[i + 1], nullptr, 10);
        else if (!strcmp(arguments[i], "--pages") && !strcmp(arguments[i + 1], "sgx2"))
            options.page_use = PageUse::AfterAcceptance;
        else
            return {};
    }
    bool is_complete = count % 2 == 1 && options.config_fd >= 0 && options.enclave_path && options.sigstruct_path;
    return is_complete ? std::optional(options) : std::nullopt;
}

} // namespace farl::host
