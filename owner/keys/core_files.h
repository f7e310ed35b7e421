// For programs that hold secrets: no core file of this process, and no other process of the user's may attach to it.
#pragma once

#include <sys/prctl.h>
#include <sys/resource.h>

namespace farl::owner {

inline void forbid_core_files()
{
    rlimit none { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0); // also for a core pattern that is a pipe, which has no limit
}

} // namespace farl::owner
