#include "enclave/process/mounts.h"

#include "enclave/fs/host/host_file_system.h"
#include "enclave/vfs/vfs.h"

#include <fcntl.h>

namespace farl {

Result<> mount_file_systems(std::string_view root_directory)
{
    auto* host = TRY(HostFileSystem::create(root_directory));
    return vfs().mount("/", *host);
}

Result<> open_standard_streams(Process& process)
{
    for (int number = 0; number <= 2; ++number) {
        auto flags = checked_number(host_call(SYS_fcntl, number, F_GETFL));
        if (flags.is_error())
            continue;
        constexpr uint32_t kKept = O_ACCMODE | O_APPEND | O_NONBLOCK;
        auto file =
            TRY(HostFile::create(HostDescriptor::inherited(number), static_cast<uint32_t>(flags.value()) & kKept));
        (void)TRY(process.descriptors.replace(number, Ref<File>(std::move(file)), false));
    }
    return {};
}

} // namespace farl
