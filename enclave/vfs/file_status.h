// What stat(2), statx(2), statfs(2) and utimensat(2) say about files.
#pragma once

#include "base/result.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

namespace farl {

struct TimeValue {
    int64_t seconds { 0 };
    int64_t nanoseconds { 0 }; // or UTIME_NOW, UTIME_OMIT
};

struct FileTimes {
    TimeValue accessed;
    TimeValue modified;
};
static_assert(sizeof(FileTimes) == 32); // struct timespec[2]

using ExtendedStatus = struct statx;
static_assert(sizeof(ExtendedStatus) == 256);

// What stat tells, as statx tells it.
ExtendedStatus extend(struct stat const& status);

} // namespace farl
