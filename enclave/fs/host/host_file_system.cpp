#include "enclave/fs/host/host_file_system.h"

#include <fcntl.h>
#include <linux/openat2.h>

namespace farl {

Result<HostFileSystem*> HostFileSystem::create(std::string_view root)
{
    auto* created = new (std::nothrow) HostFileSystem();
    if (!created)
        return Errno::Enomem;
    created->is_whole_host_ = root == "/";
    Staging staging;
    auto path = TRY(staging.put_string(root));
    created->root_ =
        TRY(checked_descriptor(host_call(SYS_openat, AT_FDCWD, path.value(), O_PATH | O_DIRECTORY | O_CLOEXEC, 0)));
    return created;
}

Result<HostDescriptor> HostFileSystem::open_descriptor(std::string_view path, uint32_t flags, uint32_t mode) const
{
    Staging staging;
    auto staged = TRY(staging.put_string(path));
    auto host_flags = flags | O_CLOEXEC;
    if (is_whole_host_)
        return checked_descriptor(host_call_blocking(SYS_openat, AT_FDCWD, staged.value(), host_flags, mode));
    bool creates = flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
    open_how how { .flags = host_flags, .mode = creates ? mode & 07777 : 0, .resolve = RESOLVE_IN_ROOT };
    auto staged_how = TRY(staging.put_object(how));
    return checked_descriptor(
        host_call_blocking(SYS_openat2, root_.number(), staged.value(), staged_how.value(), sizeof(how)));
}

Result<Ref<File>> HostFileSystem::open(std::string_view path, uint32_t flags, uint32_t mode)
{
    constexpr uint32_t kOpenOnly = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;
    auto descriptor = TRY(open_descriptor(path, flags, mode));
    auto file = TRY(HostFile::create(std::move(descriptor), flags & ~kOpenOnly));
    TRY(file->set_path(path));
    return Ref<File>(std::move(file));
}

Result<struct stat> HostFileSystem::status(std::string_view path, Follow follow)
{
    auto descriptor = TRY(open_descriptor(path, follow == Follow::Yes ? O_PATH : O_PATH | O_NOFOLLOW, 0));
    return TRY(HostFile::create(std::move(descriptor), O_PATH))->status();
}

Result<String> HostFileSystem::read_link(std::string_view) { return Errno::Enosys; }
Result<> HostFileSystem::check_access(std::string_view, uint32_t, Follow) { return Errno::Enosys; }
Result<struct statfs> HostFileSystem::file_system_status(std::string_view) { return Errno::Enosys; }

} // namespace farl
