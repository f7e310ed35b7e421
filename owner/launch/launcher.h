// The last steps of `farl run`: the configuration becomes a sealed memory file, and the launcher replaces this process,
// so that the process id, the terminal, signals and the exit status are the program's own.
#pragma once

#include "owner/launch/config_writer.h"
#include "owner/launch/file_descriptor.h"
#include "owner/launch/installation.h"

namespace farl::owner {

// The descriptor survives execve(2). Throws UserError, also if the enclave would refuse the configuration.
FileDescriptor seal_config(ConfigWriter& writer);

struct PlatformOptions {
    std::string name { "auto" }; // or sgx, emulator
    std::string secret_file;     // of the emulator; empty: a secret of its own
    uint64_t transition_ns { 0 };
    bool demands_acceptance { false };
};

[[noreturn]] void exec_launcher(
    Installation const& installation, FileDescriptor config, PlatformOptions const& platform);
// Prints what the emulator with this secret is known by.
[[noreturn]] void exec_print_root(Installation const& installation, std::string const& secret_file);

} // namespace farl::owner
