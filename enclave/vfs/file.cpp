#include "enclave/vfs/file.h"

#include "enclave/vfs/epoll.h"

namespace farl {

File::~File() { end_watches(); }

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

// fcntl(2): what every object knows, whether it can tell about input or not.
Result<uint64_t> File::control_descriptor(int command, uint64_t argument)
{
    constexpr uint64_t kMostSignals = 64;
    switch (command) {
    case F_SETOWN:
        owner_ = static_cast<int>(argument);
        return uint64_t { 0 };
    case F_GETOWN:
        return static_cast<uint64_t>(static_cast<int64_t>(owner_.load()));
    case F_SETSIG:
        if (static_cast<uint32_t>(argument) > kMostSignals)
            return Errno::Einval;
        signal_ = static_cast<int>(argument);
        return uint64_t { 0 };
    case F_GETSIG:
        return static_cast<uint64_t>(signal_.load());
    case F_GETLEASE:
        return uint64_t { F_UNLCK };
    case F_NOTIFY: // no events: of no matter
        return static_cast<uint32_t>(argument) & ~DN_MULTISHOT ? Result<uint64_t>(Errno::Enotdir) : uint64_t { 0 };
    default:
        return Errno::Einval;
    }
}

} // namespace farl
