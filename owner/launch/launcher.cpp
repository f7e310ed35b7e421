#include "owner/launch/launcher.h"

#include "owner/launch/sealed_memory.h"
#include "owner/launch/user_error.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace farl::owner {

namespace {

// The program's variables travel in the configuration. These are what the launcher's resolver goes by.
std::vector<std::string> resolver_environment()
{
    std::vector<std::string> variables;
    for (auto const* name : { "CARES_HOSTS", "LOCALDOMAIN", "RES_OPTIONS" })
        if (auto const* value = getenv(name))
            variables.push_back(fmt::format("{}={}", name, value));
    return variables;
}

[[noreturn]] void exec(Installation const& installation, std::vector<char const*> arguments)
{
    arguments.insert(arguments.begin(), "farl-launcher");
    arguments.push_back(nullptr);
    auto variables = resolver_environment();
    std::vector<char*> environment;
    for (auto& variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    execve(installation.launcher.c_str(), const_cast<char**>(arguments.data()), environment.data());
    throw UserError(kFarlFailed, fmt::format("cannot start {}: {}", installation.launcher, std::strerror(errno)));
}

} // namespace

FileDescriptor seal_config(ConfigWriter& writer)
{
    auto bytes = writer.bytes();
    if (wire::LaunchConfig::parse(bytes).is_error())
        throw UserError(kFarlFailed, "the launch configuration is too large for the enclave: fewer arguments?");

    return sealed_memory("farl-launch-config", bytes);
}

void exec_launcher(Installation const& installation, FileDescriptor config, PlatformOptions const& platform)
{
    auto number = fmt::format("{}", config.get());
    auto cost = fmt::format("{}", platform.transition_ns);
    std::vector<char const*> arguments { "--config-fd", number.c_str(), "--enclave", installation.enclave.c_str(),
        "--sigstruct", installation.sigstruct.c_str() };
    if (platform.name != "auto")
        arguments.insert(arguments.end(), { "--platform", platform.name.c_str() });
    if (!platform.secret_file.empty())
        arguments.insert(arguments.end(), { "--emulator-secret", platform.secret_file.c_str() });
    if (platform.transition_ns)
        arguments.insert(arguments.end(), { "--transition-ns", cost.c_str() });
    if (platform.demands_acceptance)
        arguments.insert(arguments.end(), { "--pages", "sgx2" });
    exec(installation, std::move(arguments));
}

void exec_print_root(Installation const& installation, std::string const& secret_file)
{
    exec(installation, { "--print-root", secret_file.c_str() });
}

} // namespace farl::owner
