#include "enclave/process/mounts.h"

#include "enclave/fs/host/host_file_system.h"
#include "enclave/process/host_objects.h"
#include "enclave/vfs/vfs.h"

namespace farl {

Result<> mount_file_systems(std::string_view root_directory)
{
    auto* host = TRY(HostFileSystem::create(root_directory));
    return vfs().mount("/", *host);
}

Result<> open_standard_streams(Process& process)
{
    for (int number = 0; number <= 2; ++number) {
        auto file = adopt_host_descriptor(HostDescriptor::inherited(number));
        if (file.is_error())
            continue;
        (void)TRY(process.descriptors.replace(number, file.release_value(), false));
    }
    return {};
}

} // namespace farl
