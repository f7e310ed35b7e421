// Clocks and sleeping.
#pragma once

#include "enclave/syscall/dispatch.h"

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>

namespace farl {

Result<> sys_clock_gettime(Thread&, int clock, UserOut<timespec> now);
Result<> sys_clock_getres(Thread&, int clock, UserOut<timespec> resolution);
Result<> sys_clock_settime(Thread&, int clock, UserIn<timespec> now);
Result<> sys_clock_nanosleep(Thread&, int clock, int flags, UserIn<timespec> request, UserOut<timespec> remaining);
Result<> sys_nanosleep(Thread&, UserIn<timespec> request, UserOut<timespec> remaining);
Result<> sys_gettimeofday(Thread&, UserOut<timeval> now, UserOut<struct timezone> zone);
Result<int> sys_adjtimex(Thread&, uint64_t clock);
Result<int> sys_clock_adjtime(Thread&, int clock, uint64_t adjustment);
Result<> sys_settimeofday(Thread&, UserIn<timeval> now, UserIn<struct timezone> zone);
Result<int64_t> sys_time(Thread&, UserOut<int64_t> now);
Result<int64_t> sys_times(Thread&, UserOut<tms> times);
Result<> sys_getrusage(Thread&, int who, UserOut<rusage> usage);

} // namespace farl
