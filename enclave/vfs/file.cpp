#include "enclave/vfs/file.h"

#include "enclave/vfs/epoll.h"

namespace farl {

File::~File()
{
    end_watches();
    if (async_signal_)
        readiness_.remove(*async_signal_);
}

void File::end_watches()
{
    if (!watches_.is_empty())
        Epoll::forget_everywhere(*this);
}

struct stat File::anonymous_status(uint32_t mode) const
{
    struct stat status { };
    status.st_dev = 0xf;
    status.st_ino = reinterpret_cast<uint64_t>(this) >> 4;
    status.st_mode = mode;
    status.st_nlink = 1;
    status.st_blksize = 4096;
    return status;
}

struct statfs File::anonymous_file_system_status(uint64_t magic)
{
    struct statfs status { };
    status.f_type = static_cast<decltype(status.f_type)>(magic);
    status.f_bsize = status.f_frsize = 4096;
    status.f_namelen = 255;
    return status;
}

namespace {

// xattr(7): only regular files and directories may have attributes of users; other classes are their file system's.
bool can_never_have(std::string_view name, uint32_t mode)
{
    return name.starts_with("user.") && !S_ISREG(mode) && !S_ISDIR(mode);
}

} // namespace

Result<size_t> File::get_attribute(std::string_view name, Sink const&)
{
    return can_never_have(name, TRY(status()).st_mode) ? Errno::Enodata : Errno::Eopnotsupp;
}

Result<> File::set_attribute(std::string_view name, Source const&, int)
{
    return can_never_have(name, TRY(status()).st_mode) ? Errno::Eperm : Errno::Eopnotsupp;
}

Result<> File::remove_attribute(std::string_view name)
{
    return can_never_have(name, TRY(status()).st_mode) ? Errno::Eperm : Errno::Eopnotsupp;
}

// The process's own locks never stand in its way, and no other process sees an object in here.
Result<> File::lock_record(int command, struct flock& lock)
{
    if (command == F_GETLK || command == F_OFD_GETLK)
        lock.l_type = F_UNLCK;
    return {};
}

AsyncOwner File::async_owner()
{
    LockGuard guard(async_lock_);
    return async_owner_;
}

Result<> File::set_async_owner(AsyncOwner owner)
{
    TRY(set_async_owner_on_host(owner));
    LockGuard guard(async_lock_);
    async_owner_ = owner;
    return update_async_signal();
}

Result<> File::set_async_descriptor(int descriptor)
{
    LockGuard guard(async_lock_);
    async_descriptor_ = descriptor;
    return update_async_signal();
}

// With the lock held.
Result<> File::update_async_signal()
{
    if (async_signal_) {
        readiness_.remove(*async_signal_);
        async_signal_ = nullptr;
    }
    if (!(status_flags() & O_ASYNC) || !can_signal() || host_descriptor() >= 0 || !async_owner_.id)
        return {};
    async_signal_ = TRY(make_ref<AsyncSignal>(async_owner_, async_descriptor_));
    readiness_.add(*async_signal_);
    return {};
}

// fcntl(2): what every object knows, whether it can tell about input or not.
Result<uint64_t> File::control_descriptor(int command, uint64_t argument)
{
    switch (command) {
    case F_GETLEASE:
        return uint64_t { F_UNLCK };
    case F_NOTIFY: // no events: of no matter
        return static_cast<uint32_t>(argument) & ~DN_MULTISHOT ? Result<uint64_t>(Errno::Enotdir) : uint64_t { 0 };
    default:
        return Errno::Einval;
    }
}

} // namespace farl
