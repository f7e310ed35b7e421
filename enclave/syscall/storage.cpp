#include "enclave/syscall/storage.h"

#include "enclave/syscall/target.h"

#include <sys/stat.h>

namespace farl {

// sync(2)
Result<> sys_sync(Thread&)
{
    vfs().sync();
    return {};
}

// syncfs(2)
Result<> sys_syncfs(Thread& caller, int fd) { return TRY(caller.file(fd))->sync_file_system(); }

// sync_file_range(2)
Result<> sys_sync_file_range(Thread& caller, int fd, int64_t offset, int64_t size, uint32_t flags)
{
    constexpr uint32_t kKnown = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    auto file = TRY(caller.file(fd));
    if ((flags & ~kKnown) || offset < 0 || size < 0 || checked_add(offset, size).is_error())
        return Errno::Einval;
    return file->sync_range(static_cast<uint64_t>(offset), static_cast<uint64_t>(size), flags);
}

// posix_fadvise(2)
Result<> sys_fadvise64(Thread& caller, int fd, int64_t offset, int64_t size, int advice)
{
    auto file = TRY(caller.file(fd));
    if (file->is_pipe())
        return Errno::Espipe;
    if (size < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
        return Errno::Einval;
    return file->advise(static_cast<uint64_t>(offset), static_cast<uint64_t>(size), advice);
}

// readahead(2): advice
Result<> sys_readahead(Thread& caller, int fd, int64_t offset, size_t size)
{
    auto file = TRY(caller.readable_file(fd));
    if (!S_ISREG(TRY(file->status()).st_mode) || static_cast<int64_t>(size) < 0)
        return Errno::Einval;
    return file->advise(static_cast<uint64_t>(offset), size, POSIX_FADV_WILLNEED);
}

} // namespace farl
