#include "enclave/process/mounts.h"

#include "enclave/fs/dev/device_tree.h"
#include "enclave/fs/ephemeral/ephemeral_nodes.h"
#include "enclave/fs/host/host_file_system.h"
#include "enclave/fs/tree/tree_file_system.h"
#include "enclave/process/host_objects.h"
#include "enclave/process/proc/proc_tree.h"
#include "enclave/vfs/vfs.h"

namespace farl {

namespace {

constinit HostFileSystem* host_files = nullptr;
constinit std::string_view the_root_directory;
constinit BlockCache* the_cache = nullptr;

} // namespace

Result<SyntheticFileSystem*> mount_tree(SyntheticTree const& tree)
{
    auto* file_system = new (std::nothrow) SyntheticFileSystem(tree);
    if (!file_system)
        return Errno::Enomem;
    TRY(vfs().mount(tree.mount, *file_system));
    return file_system;
}

Result<> mount_file_systems(std::string_view root_directory)
{
    the_root_directory = root_directory;
    host_files = TRY(HostFileSystem::create(root_directory));
    TRY(vfs().mount("/", *host_files));
    TRY(mount_tree(kProcTree));
    TRY(mount_tree(kDeviceTree));
    auto* shared_memory = TRY(make_owned<EphemeralNodes>(kSharedMemoryDevice)).release(); // mounts are for good
    return vfs().mount("/dev/shm", *TRY(TreeFileSystem::create("/dev/shm", *shared_memory)));
}

std::string_view root_directory() { return the_root_directory; }

Result<BlockCache*> block_cache(uint64_t size)
{
    constexpr uint64_t kUsual = 64ull << 20;
    if (!the_cache)
        the_cache = TRY(BlockCache::create(size ? size : kUsual)).release(); // mounts are for good
    return the_cache;
}

Result<> mount_host_files(std::string_view prefix) { return vfs().mount(prefix, *host_files); }

Result<> mount_terminals()
{
    for (auto path : { "/dev/pts", "/dev/ptmx", "/dev/tty" })
        TRY(mount_host_files(path));
    return {};
}

// HOST: which are open is a claim; one that is not stays closed.
Result<> inherit_descriptors(Process& process, wire::LaunchConfig const& config)
{
    for (auto given : config.descriptors()) {
        auto number = static_cast<int>(given);
        auto file = adopt_host_descriptor(HostDescriptor::inherited(number));
        if (file.is_error())
            continue;
        (void)TRY(process.descriptors.replace(number, file.release_value(), false));
    }
    return {};
}

} // namespace farl
