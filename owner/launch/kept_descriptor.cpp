#include "owner/launch/kept_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

namespace farl::owner {

constexpr int kFirstKeptDescriptor = 200;

int kept_descriptor(int fd)
{
    auto kept = fcntl(fd, F_DUPFD, kFirstKeptDescriptor);
    return kept >= 0 ? kept : fcntl(fd, F_DUPFD, STDERR_FILENO + 1); // few descriptors allowed (RLIMIT_NOFILE)
}

} // namespace farl::owner
