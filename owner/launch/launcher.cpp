#include "owner/launch/launcher.h"

#include "owner/launch/kept_descriptor.h"
#include "owner/launch/user_error.h"

#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <vector>

namespace farl::owner {

namespace {

void write_all(int fd, std::span<std::byte const> bytes)
{
    while (!bytes.empty()) {
        auto written = write(fd, bytes.data(), bytes.size());
        if (written < 0)
            throw UserError(
                kFarlFailed, fmt::format("cannot write the launch configuration: {}", std::strerror(errno)));
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

[[noreturn]] void exec(Installation const& installation, std::vector<char const*> arguments)
{
    arguments.insert(arguments.begin(), "farl-launcher");
    arguments.push_back(nullptr);
    char* environment[] = { nullptr }; // the program's own travels in the configuration
    execve(installation.launcher.c_str(), const_cast<char**>(arguments.data()), environment);
    throw UserError(kFarlFailed, fmt::format("cannot start {}: {}", installation.launcher, std::strerror(errno)));
}

} // namespace

FileDescriptor seal_config(ConfigWriter& writer)
{
    auto bytes = writer.bytes();
    if (wire::LaunchConfig::parse(bytes).is_error())
        throw UserError(kFarlFailed, "the launch configuration is too large for the enclave: fewer arguments?");

    FileDescriptor config(memfd_create("farl-launch-config", MFD_ALLOW_SEALING | MFD_CLOEXEC));
    if (!config)
        throw UserError(kFarlFailed, fmt::format("memfd_create: {}", std::strerror(errno)));
    write_all(config.get(), bytes);
    fcntl(config.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    return FileDescriptor(kept_descriptor(config.get()));
}

void exec_launcher(Installation const& installation, FileDescriptor config, std::string const& platform,
    EmulatorOptions const& emulator)
{
    auto number = fmt::format("{}", config.get());
    auto cost = fmt::format("{}", emulator.transition_ns);
    std::vector<char const*> arguments { "--config-fd", number.c_str(), "--enclave", installation.enclave.c_str(),
        "--sigstruct", installation.sigstruct.c_str() };
    if (platform != "auto")
        arguments.insert(arguments.end(), { "--platform", platform.c_str() });
    if (!emulator.secret_file.empty())
        arguments.insert(arguments.end(), { "--emulator-secret", emulator.secret_file.c_str() });
    if (emulator.transition_ns)
        arguments.insert(arguments.end(), { "--transition-ns", cost.c_str() });
    exec(installation, std::move(arguments));
}

void exec_print_root(Installation const& installation, std::string const& secret_file)
{
    exec(installation, { "--print-root", secret_file.c_str() });
}

} // namespace farl::owner
