#include "owner/cli/run.h"

#include "abi/sgx/layout.h"
#include "owner/cli/hand_over.h"
#include "owner/cli/patch_tables.h"
#include "owner/launch/attended.h"
#include "owner/launch/embedded_cas.h"
#include "owner/launch/emulator_secret.h"
#include "owner/launch/endpoint.h"
#include "owner/launch/environment.h"
#include "owner/launch/image_file.h"
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
        | (options.stats_json ? wire::kLaunchStatsJson : 0) | (options.patching ? 0 : wire::kLaunchNoPatching)
        | (options.session.empty() ? 0 : attended_switch());
}

wire::LaunchSettings settings_of(RunOptions const& options, int log_fd)
{
    wire::LaunchSettings settings {};
    describe_process(settings);
    settings.heap_size = options.heap_size;
    settings.cache_size = options.cache_size;
    settings.ephemeral_size = options.ephemeral_size;
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

PlatformOptions platform_of(RunOptions const& options)
{
    auto secret = options.emulator_secret.empty() ? emulator_secret_of_user() : options.emulator_secret;
    return {
        .name = options.platform,
        .secret_file = secret,
        .transition_ns = options.transition_ns,
        .demands_acceptance = options.demands_acceptance,
    };
}

// What stands on the command line, or, with --session, which program to prepare for; none if that is not said.
struct LocalProgram {
    Program program;
    Environment environment;
    std::string directory;
};

std::optional<LocalProgram> local_program(RunOptions const& options, RootDirectory const& root)
{
    if (options.command.empty())
        return {};
    auto environment = environment_of(options);
    if (options.image_is_protected) // only the enclave can look for it
        return LocalProgram { {}, std::move(environment), options.working_directory };
    std::string search_path(environment.has("PATH") ? environment.value("PATH") : kDefaultSearchPath);
    auto directory = working_directory(options, root);
    auto program = find_program(root, { options.command, directory, search_path });
    return LocalProgram { std::move(program), std::move(environment), std::move(directory) };
}

void add_program(ConfigWriter& config, LocalProgram const& local)
{
    config.add_text(wire::LaunchRecord::Program, local.program.path);
    config.add_text(wire::LaunchRecord::WorkingDirectory, local.directory);
    for (auto const& argument : local.program.arguments)
        config.add_text(wire::LaunchRecord::Argument, argument);
    for (auto const& entry : local.environment.entries())
        config.add_text(wire::LaunchRecord::Environment, entry);
}

// The CAS knows the rest.
formats::VolumeAccess volume_to_fill_in(std::string_view name, LocalVolume const& volume)
{
    static constexpr formats::VolumeAccessHeader kUnknown {};
    return { .key = kUnknown.key,
        .id = kUnknown.id,
        .sequence = 0,
        .tag = kUnknown.tag,
        .rollback = volume.rollback,
        .name = name,
        .path = volume.path };
}

std::optional<EmbeddedVolumes> embedded_volumes(RunOptions const& options)
{
    if (options.local_volumes.empty())
        return {};
    return EmbeddedVolumes { options.volume_files, options.accepts_older_volumes };
}

StartupWriter startup_of(RunOptions const& options, LocalProgram const& local)
{
    StartupWriter startup;
    startup.add_text(formats::StartupRecord::WorkingDirectory, local.directory);
    for (auto const& argument : options.command)
        startup.add_text(formats::StartupRecord::Argument, argument);
    for (auto const& entry : local.environment.entries())
        if (formats::checked_variable(std::as_bytes(std::span(entry))).is_ok())
            startup.add_text(formats::StartupRecord::Environment, entry);
    if (!options.image_access.is_empty())
        startup.add_image(std::as_bytes(options.image_access.readable()));
    if (!options.image_user.empty())
        startup.add_user(options.image_user);
    for (auto const& [name, volume] : options.local_volumes)
        startup.add_volume(volume_to_fill_in(name, volume));
    if (!options.local_volumes.empty())
        startup.add_volume_lease(kEmbeddedLease_s);
    if (formats::StartupConfig::parse(startup.bytes()).is_error())
        throw UserError(kFarlFailed, "arguments and environment are larger than the 4 MiB of a startup configuration");
    return startup;
}

// The connection to the CAS, if there is one.
FileDescriptor add_what_runs(ConfigWriter& config, RunOptions const& options, std::optional<LocalProgram> const& local,
    Installation const& installation)
{
    if (!options.attests) {
        add_program(config, *local);
        return {};
    }
    FileDescriptor cas;
    if (options.session.empty()) {
        auto startup = startup_of(options, *local);
        cas = start_embedded_cas(startup, measurement_of(installation), embedded_volumes(options));
    } else {
        auto connection = connect_to(options.cas);
        cas = FileDescriptor(kept_descriptor(connection.get()));
    }
    config.add_number(wire::LaunchRecord::CasSocket, static_cast<uint32_t>(cas.get()));
    config.add_text(wire::LaunchRecord::CasService, options.session.empty() ? kEmbeddedService : options.session);
    if (!options.cas_key.empty())
        config.add_cas_key(options.cas_key);
    for (auto const& [name, path] : options.volume_files)
        config.add_volume_file(name, path);
    if (!options.volume_directory.empty())
        config.add_text(wire::LaunchRecord::VolumeDirectory, options.volume_directory);
    return cas;
}

std::string platform_notice(std::string const& platform)
{
    if (platform == "sgx")
        return "SGX has not been tried on hardware with this version";
    bool const has_sgx = access("/dev/sgx_enclave", F_OK) == 0;
    return fmt::format("SGX is emulated{}: the enclave hides nothing from this machine's administrator",
        has_sgx ? " (this version cannot use this machine's own)" : "");
}

void say_what_is_not_protected(RunOptions const& options)
{
    std::fputs(fmt::format("farl: {}\n", platform_notice(options.platform)).c_str(), stderr);
    if (options.image_is_protected)
        return;
    auto const files = options.image.empty()
        ? "the program's files are the host's own, unprotected"
        : fmt::format("{} is a plain image: nothing of it is protected", options.image);
    auto const proof = options.attests ? "" : "; what runs is not attested (--attest none)";
    std::fputs(fmt::format("farl: {}{}\n", files, proof).c_str(), stderr);
}

} // namespace

int run(std::span<char const* const> arguments)
{
    auto const options = parse_run_options(arguments);
    if (!options)
        return 0;
    if (!options->command.empty() && looks_like_image(options->command[0]))
        hand_over("farl-image", arguments, "run");
    run_program(*options);
}

void run_program(RunOptions const& options)
{
    auto descriptors = inherited_descriptors();
    auto log_fd = kept_stderr();
    auto root = RootDirectory::open(options.root_directory);
    auto local = local_program(options, root);

    ConfigWriter config;
    config.add_settings(settings_of(options, log_fd));
    config.add_text(wire::LaunchRecord::RootDirectory, root.host_path());
    for (auto group : supplementary_groups())
        config.add_number(wire::LaunchRecord::Group, group);
    for (auto number : descriptors)
        config.add_number(wire::LaunchRecord::Descriptor, number);
    if (options.patching && local && !options.image_is_protected)
        add_patch_tables(config, root, local->program.path, local->environment);

    auto installation = Installation::find();
    auto cas = add_what_runs(config, options, local, installation);
    auto sealed = seal_config(config);
    if (!options.quiet)
        say_what_is_not_protected(options);
    exec_launcher(installation, std::move(sealed), platform_of(options));
}

} // namespace farl::owner
