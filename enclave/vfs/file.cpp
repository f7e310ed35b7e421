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

} // namespace farl
