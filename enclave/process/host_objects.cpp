#include "enclave/process/host_objects.h"

#include "enclave/fs/host/host_file.h"
#include "enclave/net/host_socket.h"

#include <fcntl.h>

namespace farl {

namespace {

// HOST: a claim of its kind; a wrong one makes calls on it fail.
Result<bool> is_socket(HostDescriptor const& descriptor)
{
    Staging staging;
    auto out = TRY(staging.reserve(sizeof(struct stat)));
    TRY(checked_status(host_call(SYS_fstat, descriptor.number(), out.value())));
    return S_ISSOCK(host_read<struct stat>(out).st_mode);
}

} // namespace

Result<Ref<File>> adopt_host_descriptor(HostDescriptor descriptor)
{
    constexpr uint32_t kLargeFile = 0100000; // x86-64's own, not the C library's
    constexpr uint32_t kKept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECT | O_NOATIME | O_PATH | O_DIRECTORY
        | O_NOFOLLOW | kLargeFile;
    auto flags = TRY(checked_number(host_call(SYS_fcntl, descriptor.number(), F_GETFL)));
    auto kept = static_cast<uint32_t>(flags) & kKept;
    Ref<File> file;
    if (TRY(is_socket(descriptor)) && !(kept & O_PATH))
        file = TRY(HostSocket::adopt(std::move(descriptor), kept));
    else
        file = TRY(HostFile::create(std::move(descriptor), kept));
    file->set_shared_with_host();
    return file;
}

} // namespace farl
