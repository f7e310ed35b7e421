// A copy of a descriptor that survives execve(2), with a number out of the way of the program's own. Negative if `fd`
// is.
#pragma once

namespace farl::owner {

int kept_descriptor(int fd);

} // namespace farl::owner
