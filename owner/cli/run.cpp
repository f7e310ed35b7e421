#include "owner/cli/run.h"

#include "abi/sgx/layout.h"
#include "owner/cli/patch_tables.h"
#include "owner/cli/run_options.h"
#include "owner/launch/environment.h"
#include "owner/launch/inherited.h"
#include "owner/launch/kept_descriptor.h"
#include "owner/launch/launcher.h"
#include "owner/launch/program.h"
#include "owner/launch/root_directory.h"
#include "owner/launch/user_error.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>

namespace farl::owner {

namespace {

constexpr std::string_view kDefaultSearchPath = "/bin:/usr/bin"; // execvp(3)

std::string current_directory()
{
    std::array<char, PATH_MAX> buffer {};
    if (!getcwd(buffer.data(), buffer.size()) || buffer[0] != '/')
        throw UserError(kBadUsage, "the current directory no longer exists; choose one with --cwd");
    return buffer.data();
}

std::string working_directory(RunOptions const& options, RootDirectory const& root)
{
    std::string start =
        root.is_whole_machine() && !options.working_directory.starts_with('/') ? current_directory() : "/";
    std::string directory = start;
    if (!options.working_directory.empty())
        directory = options.working_directory.starts_with('/') ? options.working_directory
                                                               : start + "/" + options.working_directory;
    auto usable = root.check_directory(directory);
    if (usable.is_error())
        throw UserError(kBadUsage,
            fmt::format("working directory {}: {}", directory, std::strerror(static_cast<int>(usable.error()))));
    return directory;
}

Environment environment_of(RunOptions const& options)
{
    auto own = Environment::of_this_process();
    auto environment = options.clear_environment ? Environment() : own;
    for (auto const& option : options.environment)
        environment.apply(option, own);
    return environment;
}

// Call it before any file is opened, which might become descriptor 2 if that is closed.
int kept_stderr()
{
    auto kept = kept_descriptor(STDERR_FILENO);
    if (kept >= 0)
        return kept;
    FileDescriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC)); // stderr is closed
    return kept_descriptor(nowhere.get());
}

int kept_file(std::string const& path, int otherwise)
{
    if (path.empty())
        return otherwise;
    FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file)
        throw UserError(kBadUsage, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    return kept_descriptor(file.get());
}

uint32_t switches_of(RunOptions const& options)
{
    return (options.trace ? wire::kLaunchTrace : 0) | (options.stats ? wire::kLaunchStats : 0)
        | (options.stats_json ? wire::kLaunchStatsJson : 0) | (options.patching ? 0 : wire::kLaunchNoPatching);
}

wire::LaunchSettings settings_of(RunOptions const& options, int log_fd)
{
    wire::LaunchSettings settings {};
    describe_process(settings);
    settings.heap_size = options.heap_size;
    settings.carriers = options.carriers.value_or(0);
    settings.log_level = options.log_level;
    settings.host_calls = options.host_calls;
    settings.emulated_transition_ns = static_cast<uint32_t>(options.transition_ns);
    settings.switches = switches_of(options);
    settings.log_fd = log_fd;
    settings.trace_fd = kept_file(options.trace_file, settings.log_fd);
    settings.stats_fd = kept_file(options.stats_file, settings.log_fd);
    return settings;
}

void say_what_is_not_protected()
{
    bool has_sgx = access("/dev/sgx_enclave", F_OK) == 0;
    std::fputs(
        has_sgx ? "farl: SGX is emulated (this version cannot use this machine's own): " : "farl: SGX is emulated: ",
        stderr);
    std::fputs("the enclave hides nothing from this machine's administrator\n", stderr);
    std::fputs("farl: the program's files are the host's own, unprotected\n", stderr);
}

} // namespace

int run(std::span<char const* const> arguments)
{
    auto options = parse_run_options(arguments);
    if (!options)
        return 0;
    auto descriptors = inherited_descriptors();
    auto log_fd = kept_stderr();
    auto root = RootDirectory::open(options->root_directory);
    auto directory = working_directory(*options, root);
    auto environment = environment_of(*options);
    std::string search_path(environment.has("PATH") ? environment.value("PATH") : kDefaultSearchPath);
    auto program = find_program(root, { options->command, directory, search_path });

    ConfigWriter config;
    config.add_settings(settings_of(*options, log_fd));
    config.add_text(wire::LaunchRecord::Program, program.path);
    config.add_text(wire::LaunchRecord::RootDirectory, root.host_path());
    config.add_text(wire::LaunchRecord::WorkingDirectory, directory);
    for (auto const& argument : program.arguments)
        config.add_text(wire::LaunchRecord::Argument, argument);
    for (auto const& entry : environment.entries())
        config.add_text(wire::LaunchRecord::Environment, entry);
    for (auto group : supplementary_groups())
        config.add_number(wire::LaunchRecord::Group, group);
    for (auto number : descriptors)
        config.add_number(wire::LaunchRecord::Descriptor, number);

    if (options->patching)
        add_patch_tables(config, root, program.path, environment);

    auto installation = Installation::find();
    auto sealed = seal_config(config);
    if (!options->quiet)
        say_what_is_not_protected();
    exec_launcher(installation, std::move(sealed), options->transition_ns);
}

} // namespace farl::owner
