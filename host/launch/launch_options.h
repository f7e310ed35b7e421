// LaunchOptions: what the launcher is started with, by `farl run` and not by people.
#pragma once

#include "host/launch/platform_choice.h"

#include <cstdint>
#include <optional>

namespace farl::host {

struct LaunchOptions {
    int config_fd { -1 };
    char const* enclave_path { nullptr };
    char const* sigstruct_path { nullptr };
    PlatformName platform { PlatformName::Auto };
    char const* emulator_secret_path { nullptr }; // none: a secret of this process
    uint64_t transition_ns { 0 };                 // what the emulator adds to each transition
    PageUse page_use { PageUse::AtOnce };

    // Nothing if they are not complete, or not known.
    static std::optional<LaunchOptions> parse(int count, char** arguments);
};

} // namespace farl::host
