#include "enclave/process/startup.h"

#include "enclave/hostcall/log.h"
#include "enclave/net/host_socket.h"
#include "enclave/process/console_shield.h"
#include "enclave/process/credential_refresh.h"
#include "enclave/process/hosts_file.h"
#include "enclave/process/image_mount.h"
#include "enclave/process/injected_files.h"
#include "enclave/process/mounts.h"
#include "enclave/process/program_search.h"
#include "enclave/process/script.h"
#include "enclave/process/signal_delivery.h"
#include "enclave/process/volume_mounts.h"

#include <sys/stat.h>

namespace farl {

namespace {

constexpr uint64_t kTimeout_ns = 30'000'000'000; // for the CAS, from the first byte to the last
constexpr int kFarlFails = static_cast<int>(kFarlFailed);
constexpr int kCannotExecute = 126, kNotFound = 127;

ProgramFailure no_memory(std::string_view subject)
{
    return { subject, "no memory for its arguments", kCannotExecute, Errno::Enomem };
}

[[noreturn]] void fail_attestation(Process& process, std::string_view why)
{
    Log(LogLevel::Error) << why;
    process.exit(kFarlFails);
}

struct Admitted {
    SecretBytes block;
    CasConversation& cas; // as long as the process
    uint64_t asked_ns;    // when, by the runtime's clock
};

Admitted fetch_from(wire::CasLink const& cas, Process& process)
{
    CasRequest request { .service = cas.service };
    if (!cas.key.empty()) {
        ASSERT(cas.key.size() == sizeof(TlsClient::ServerKey)); // the launch configuration's reader looked
        request.key.emplace();
        memcpy(request.key->data(), cas.key.data(), cas.key.size());
    }
    auto attend = [] { (void)deliver_signals(Thread::current(), Restart::Never); };
    auto const asked_ns = scheduler().now_ns();
    auto const place = place_of_cas(cas.socket);
    HostStream stream(HostDescriptor::inherited(cas.socket), asked_ns + kTimeout_ns, attend);
    char text[400];
    Formatter why(text);
    auto client = CasClient::create(request, why);
    if (client.is_error())
        fail_attestation(process, why.view());
    auto block = fetch_startup_config(*client.value(), std::move(stream), asked_ns + kTimeout_ns, why);
    if (block.is_error())
        fail_attestation(process, why.view());
    auto* conversation = new (std::nothrow) CasConversation(client.release_value(), place);
    if (!conversation)
        fail_attestation(process, "no memory for the connection to the CAS");
    return { block.release_value(), *conversation, asked_ns };
}

// Without volumes there is little more to say to the CAS.
void take_volumes(
    Process& process, formats::StartupConfig const& config, wire::LaunchConfig const& launch, Admitted const& admitted)
{
    if (!config.volume_lease_seconds())
        return admitted.cas.end_after_answers();
    auto mounted = mount_volumes(process, config, launch, admitted.cas, admitted.asked_ns);
    if (mounted.is_ok())
        return;
    if (mounted.error() == Errno::Enomem)
        Log(LogLevel::Error) << "no memory for the volumes of the startup configuration";
    process.exit(kFarlFails); // it has said why
}

// As chdir(2) would: there has to be such a directory.
Result<> enter_directory(Process& process, std::string_view path)
{
    auto location = TRY(vfs().resolve_absolute(path));
    if (!S_ISDIR(TRY(location.file_system->status(location.file_path(), Follow::Yes)).st_mode))
        return Errno::Enotdir;
    process.set_working_directory({ nullptr, TRY(normalise_path("/", path)) });
    return {};
}

Result<> take_texts(Startup& startup, auto const& arguments, auto const& environment)
{
    for (auto text : arguments)
        TRY(startup.arguments.push(TRY(String::from(text))));
    for (auto text : environment)
        TRY(startup.environment.push(text));
    return {};
}

void find(Startup& startup, Process& process, std::string_view name, std::string_view directory)
{
    auto path = find_program(name, directory, startup.environment.span());
    if (path.is_error()) {
        bool is_there = path.error() != Errno::Enoent && path.error() != Errno::Enotdir;
        fail_to_start(process,
            { name, is_there ? "cannot be executed" : "not found", is_there ? kCannotExecute : kNotFound,
                path.error() });
    }
    startup.path = path.release_value();
    auto followed = follow_script_lines(startup.path, startup.arguments);
    if (followed.is_error())
        fail_to_start(process, { name, "its interpreter cannot be executed", kCannotExecute, followed.error() });
}

// A terminal of the host's, which the program could open by its name, is no part of a shielded console.
Result<> set_up_console(Process& process, formats::StartupConfig const& config, bool is_attended)
{
    auto bytes = config.console_key();
    if (bytes.empty())
        return mount_terminals();
    ConsoleKey key(bytes.first<formats::kConsoleKeyBytes>());
    return shield_console(process, key, is_attended);
}

// Those that the process was started with: nobody knows what they are connected to.
Result<> drop_internet_sockets(Process& process)
{
    for (auto number : TRY(process.descriptors.numbers())) {
        Ref<File> dropped;
        {
            auto lease = process.descriptors.get(number);
            auto* socket = lease.is_ok() ? lease.value()->as_socket() : nullptr;
            if (!socket || socket->domain() == AF_UNIX)
                continue;
        }
        dropped = TRY(process.descriptors.remove(number));
    }
    return {};
}

// From here on connections go by rules, if there are any.
void shield_network(Process& process, formats::StartupConfig const& config, Admitted const& admitted)
{
    if (!config.has_network())
        return;
    std::string_view why = "no memory for the network rules";
    if (NetworkRules::install(config, why).is_error() || drop_internet_sockets(process).is_error())
        fail_attestation(process, why);
    auto const& names = NetworkRules::installed()->stand_ins();
    if (!names.is_empty() && put_hosts_file(names).is_error())
        fail_attestation(process, "no memory for the host names of the network rules");
    process.at_exit(close_all_streams);
    auto const due_seconds = config.credentials().due_seconds();
    if (due_seconds && refresh_credentials(admitted.cas, admitted.asked_ns, due_seconds).is_error())
        fail_attestation(process, why);
}

} // namespace

void fail_to_start(Process& process, ProgramFailure const& failure)
{
    Log(LogLevel::Error) << failure.subject << ": " << failure.what;
    process.exit(failure.status);
}

Result<> take_offered_startup(Startup& startup, wire::LaunchConfig const& config)
{
    TRY(mount_terminals());
    startup.path = TRY(String::from(config.program()));
    return take_texts(startup, config.arguments(), config.environment());
}

void take_attested_startup(Startup& startup, Thread& thread, wire::LaunchConfig const& launch)
{
    auto& process = thread.process();
    auto admitted = fetch_from(*launch.cas(), process);
    startup.block = std::move(admitted.block);
    auto parsed = formats::StartupConfig::parse(startup.block.bytes());
    if (parsed.is_error())
        fail_attestation(process, "the startup configuration from the CAS is damaged");
    auto const& config = parsed.value();
    // HOST: that somebody is about to attach is its word; a lie is a start that waits.
    bool is_attended = launch.settings().switches & wire::kLaunchAttended;
    if (set_up_console(process, config, is_attended).is_error())
        fail_attestation(process, "no memory for the shielded console");
    if (!config.image().empty() && mount_image(process, config, launch.settings().cache_size).is_error())
        process.exit(kFarlFails); // it has said why
    take_volumes(process, config, launch, admitted);
    if (inject_files(config).is_error())
        fail_attestation(process, "the files of the startup configuration cannot be put in place");
    shield_network(process, config, admitted);
    auto directory = config.working_directory();
    if (enter_directory(process, directory).is_error())
        fail_to_start(process, { directory, "is no directory to work in", kFarlFails, Errno::Enotdir });
    auto name = *config.arguments().begin();
    if (take_texts(startup, config.arguments(), config.environment()).is_error())
        fail_to_start(process, no_memory(name));
    find(startup, process, name, directory);
}

} // namespace farl
