#include "enclave/vfs/file_status.h"

namespace farl {

namespace {

statx_timestamp extend(timespec const& time)
{
    return { .tv_sec = time.tv_sec, .tv_nsec = static_cast<uint32_t>(time.tv_nsec), .__reserved = 0 };
}

} // namespace

ExtendedStatus extend(struct stat const& status)
{
    ExtendedStatus result {};
    result.stx_mask = STATX_BASIC_STATS;
    result.stx_blksize = static_cast<uint32_t>(status.st_blksize);
    result.stx_nlink = static_cast<uint32_t>(status.st_nlink);
    result.stx_uid = status.st_uid;
    result.stx_gid = status.st_gid;
    result.stx_mode = static_cast<uint16_t>(status.st_mode);
    result.stx_ino = status.st_ino;
    result.stx_size = static_cast<uint64_t>(status.st_size);
    result.stx_blocks = static_cast<uint64_t>(status.st_blocks);
    result.stx_atime = extend(status.st_atim);
    result.stx_mtime = extend(status.st_mtim);
    result.stx_ctime = extend(status.st_ctim);
    result.stx_rdev_major = gnu_dev_major(status.st_rdev);
    result.stx_rdev_minor = gnu_dev_minor(status.st_rdev);
    result.stx_dev_major = gnu_dev_major(status.st_dev);
    result.stx_dev_minor = gnu_dev_minor(status.st_dev);
    return result;
}

} // namespace farl
