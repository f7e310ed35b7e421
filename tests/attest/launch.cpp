// attested-launch: starts the enclave that is installed beside it with nothing but a CAS to ask, as `farl run
// --session` does. For tests in which that CAS is anybody.
//
// Usage: attested-launch HOST:PORT SESSION/SERVICE [KEY]
// FARL_TEST_ROOT in the environment is the root directory, FARL_TEST_CACHE the size of the cache of blocks,
// FARL_TEST_VOLUMES the directory of volumes.
#include "abi/sgx/layout.h"
#include "owner/cli/entry.h"
#include "owner/launch/attended.h"
#include "owner/launch/endpoint.h"
#include "owner/launch/inherited.h"
#include "owner/launch/kept_descriptor.h"
#include "owner/launch/launcher.h"
#include "owner/quote/text.h"

#include <cstdlib>
#include <unistd.h>

namespace farl::owner {

namespace {

wire::LaunchSettings settings()
{
    wire::LaunchSettings settings {};
    describe_process(settings);
    settings.heap_size = 1ull << 30;
    settings.carriers = 2;
    if (auto const* cache = getenv("FARL_TEST_CACHE"))
        settings.cache_size = strtoull(cache, nullptr, 10);
    settings.log_level = wire::LogLevel::Warning;
    settings.switches = attended_switch();
    settings.log_fd = settings.trace_fd = settings.stats_fd = kept_descriptor(STDERR_FILENO);
    return settings;
}

int launch(Arguments arguments)
{
    if (arguments.size() < 2)
        throw UserError(kBadUsage, "expected HOST:PORT SESSION/SERVICE [KEY]");
    auto descriptors = inherited_descriptors();
    ConfigWriter config;
    config.add_settings(settings());
    auto const* root = getenv("FARL_TEST_ROOT");
    config.add_text(wire::LaunchRecord::RootDirectory, root ? root : "/");
    if (auto const* volumes = getenv("FARL_TEST_VOLUMES"))
        config.add_text(wire::LaunchRecord::VolumeDirectory, volumes);
    auto socket = connect_to(arguments[0]);
    config.add_number(wire::LaunchRecord::CasSocket, static_cast<uint32_t>(kept_descriptor(socket.get())));
    config.add_text(wire::LaunchRecord::CasService, arguments[1]);
    if (arguments.size() > 2)
        config.add_cas_key(bytes_from_hex(arguments[2]).value());
    for (auto number : descriptors)
        config.add_number(wire::LaunchRecord::Descriptor, number);
    exec_launcher(Installation::find(), seal_config(config), { .name = "emulator" });
}

} // namespace

} // namespace farl::owner

int main(int argc, char** argv) { return farl::owner::run_command(farl::owner::launch, argc, argv); }
