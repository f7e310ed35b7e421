#include "enclave/syscall/metadata.h"

#include "enclave/syscall/file_size_limit.h"
#include "enclave/syscall/target.h"

namespace farl {

namespace {

Result<> check_flags(int flags, int known) { return flags & ~known ? Errno::Einval : Result<> {}; }

constexpr int kLinkFlags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
constexpr FileTimes kNow { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

bool is_valid(TimeValue const& time)
{
    auto ns = time.nanoseconds;
    return ns == UTIME_NOW || ns == UTIME_OMIT || (ns >= 0 && ns < 1'000'000'000);
}

Result<FileTimes> read_times(UserIn<timespec> times)
{
    if (!times)
        return kNow;
    auto accessed = TRY(times.read(0));
    auto modified = TRY(times.read(1));
    FileTimes result { { accessed.tv_sec, accessed.tv_nsec }, { modified.tv_sec, modified.tv_nsec } };
    if (!is_valid(result.accessed) || !is_valid(result.modified))
        return Errno::Einval;
    return result;
}

Result<TimeValue> from_timeval(timeval const& time)
{
    if (time.tv_usec < 0 || time.tv_usec >= 1'000'000)
        return Errno::Einval;
    return TimeValue { time.tv_sec, time.tv_usec * 1000 };
}

Result<FileTimes> read_times(UserIn<timeval> times)
{
    if (!times)
        return kNow;
    auto accessed = TRY(from_timeval(TRY(times.read(0))));
    return FileTimes { accessed, TRY(from_timeval(TRY(times.read(1)))) };
}

// No path at all, or an empty one with AT_EMPTY_PATH, means the descriptor.
Result<Target> times_target(Thread& caller, int directory, UserString path, int flags)
{
    if (path || directory == AT_FDCWD)
        return Target::create(caller, directory, path, flags);
    TRY(check_flags(flags, AT_EMPTY_PATH));
    return Target::of_descriptor(caller, directory, false);
}

} // namespace

// stat(2)
Result<> sys_stat(Thread& caller, UserString path, UserOut<struct stat> status)
{
    return status.write(TRY(TRY(Target::of_path(caller, path, Follow::Yes)).status()));
}

// lstat(2)
Result<> sys_lstat(Thread& caller, UserString path, UserOut<struct stat> status)
{
    return status.write(TRY(TRY(Target::of_path(caller, path, Follow::No)).status()));
}

// fstat(2)
Result<> sys_fstat(Thread& caller, int fd, UserOut<struct stat> status)
{
    return status.write(TRY(TRY(caller.any_file(fd))->status()));
}

// fstatat(2)
Result<> sys_newfstatat(Thread& caller, int directory, UserString path, UserOut<struct stat> status, int flags)
{
    TRY(check_flags(flags, kLinkFlags | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE));
    return status.write(TRY(TRY(Target::create(caller, directory, path, flags)).status()));
}

// statx(2)
Result<> sys_statx(
    Thread& caller, int directory, UserString path, int flags, uint32_t mask, UserOut<struct statx> status)
{
    TRY(check_flags(flags, kLinkFlags | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE));
    if ((mask & STATX__RESERVED) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return Errno::Einval;
    auto target = TRY(Target::create(caller, directory, path, flags));
    return status.write(TRY(target.extended_status(mask, flags & AT_STATX_SYNC_TYPE)));
}

// statfs(2)
Result<> sys_statfs(Thread& caller, UserString path, UserOut<struct statfs> status)
{
    return status.write(TRY(TRY(Target::of_path(caller, path, Follow::Yes)).file_system_status()));
}

// fstatfs(2)
Result<> sys_fstatfs(Thread& caller, int fd, UserOut<struct statfs> status)
{
    return status.write(TRY(TRY(caller.any_file(fd))->file_system_status()));
}

// faccessat2(2)
Result<> sys_faccessat2(Thread& caller, int directory, UserString path, int mode, int flags)
{
    if (mode & ~(R_OK | W_OK | X_OK))
        return Errno::Einval;
    TRY(check_flags(flags, kLinkFlags | AT_EACCESS));
    auto target = TRY(Target::create(caller, directory, path, flags));
    return target.check_access(static_cast<uint32_t>(mode), flags & AT_EACCESS);
}

// faccessat(2) as the kernel has it: without flags
Result<> sys_faccessat(Thread& caller, int directory, UserString path, int mode)
{
    return sys_faccessat2(caller, directory, path, mode, 0);
}

// access(2)
Result<> sys_access(Thread& caller, UserString path, int mode)
{
    return sys_faccessat2(caller, AT_FDCWD, path, mode, 0);
}

// fchmodat2(2)
Result<> sys_fchmodat2(Thread& caller, int directory, UserString path, uint32_t mode, int flags)
{
    TRY(check_flags(flags, kLinkFlags));
    return TRY(Target::create(caller, directory, path, flags)).change_mode(mode & 07777);
}

// fchmodat(2) as the kernel has it: without flags
Result<> sys_fchmodat(Thread& caller, int directory, UserString path, uint32_t mode)
{
    return sys_fchmodat2(caller, directory, path, mode, 0);
}

// chmod(2)
Result<> sys_chmod(Thread& caller, UserString path, uint32_t mode)
{
    return sys_fchmodat2(caller, AT_FDCWD, path, mode, 0);
}

// fchmod(2)
Result<> sys_fchmod(Thread& caller, int fd, uint32_t mode)
{
    return TRY(Target::of_descriptor(caller, fd, false)).change_mode(mode & 07777);
}

// fchownat(2)
Result<> sys_fchownat(Thread& caller, int directory, UserString path, uint32_t uid, uint32_t gid, int flags)
{
    TRY(check_flags(flags, kLinkFlags));
    return TRY(Target::create(caller, directory, path, flags)).change_owner(uid, gid);
}

// chown(2)
Result<> sys_chown(Thread& caller, UserString path, uint32_t uid, uint32_t gid)
{
    return sys_fchownat(caller, AT_FDCWD, path, uid, gid, 0);
}

// lchown(2)
Result<> sys_lchown(Thread& caller, UserString path, uint32_t uid, uint32_t gid)
{
    return sys_fchownat(caller, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

// fchown(2)
Result<> sys_fchown(Thread& caller, int fd, uint32_t uid, uint32_t gid)
{
    return TRY(Target::of_descriptor(caller, fd, false)).change_owner(uid, gid);
}

// utimensat(2)
Result<> sys_utimensat(Thread& caller, int directory, UserString path, UserIn<struct timespec> times, int flags)
{
    auto wanted = TRY(read_times(times));
    if (wanted.accessed.nanoseconds == UTIME_OMIT && wanted.modified.nanoseconds == UTIME_OMIT)
        return {};
    TRY(check_flags(flags, kLinkFlags));
    return TRY(times_target(caller, directory, path, flags)).set_times(wanted);
}

// futimesat(2)
Result<> sys_futimesat(Thread& caller, int directory, UserString path, UserIn<struct timeval> times)
{
    auto wanted = TRY(read_times(times));
    return TRY(times_target(caller, directory, path, 0)).set_times(wanted);
}

// utimes(2)
Result<> sys_utimes(Thread& caller, UserString path, UserIn<struct timeval> times)
{
    return sys_futimesat(caller, AT_FDCWD, path, times);
}

// utime(2)
Result<> sys_utime(Thread& caller, UserString path, UserIn<struct utimbuf> times)
{
    auto wanted = kNow;
    if (times) {
        auto given = TRY(times.read());
        wanted = { { given.actime, 0 }, { given.modtime, 0 } };
    }
    return TRY(Target::of_path(caller, path, Follow::Yes)).set_times(wanted);
}

// truncate(2)
Result<> sys_truncate(Thread& caller, UserString path, int64_t size)
{
    if (size < 0)
        return Errno::Einval;
    auto location = TRY(locate(caller, AT_FDCWD, path, Follow::Yes));
    TRY(check_file_size_limit(caller, static_cast<uint64_t>(size)));
    return location.file_system->truncate(location.file_path(), static_cast<uint64_t>(size));
}

// umask(2)
Result<uint32_t> sys_umask(Thread& caller, uint32_t mask) { return caller.process().umask.exchange(mask & 0777); }

} // namespace farl
