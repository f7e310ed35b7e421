// Timers that send signals: alarm(2), setitimer(2), timer_create(2).
#pragma once

#include "enclave/syscall/dispatch.h"

#include <sys/time.h>
#include <time.h>

namespace farl {

Result<uint64_t> sys_alarm(Thread&, unsigned seconds);
Result<> sys_getitimer(Thread&, int which, UserOut<itimerval> value);
Result<> sys_setitimer(Thread&, int which, UserIn<itimerval> value, UserOut<itimerval> old);
Result<> sys_timer_create(Thread&, int clock, uint64_t event, UserOut<int> id);
Result<> sys_timer_settime(Thread&, int id, int flags, UserIn<itimerspec> value, UserOut<itimerspec> old);
Result<> sys_timer_gettime(Thread&, int id, UserOut<itimerspec> value);
Result<int> sys_timer_getoverrun(Thread&, int id);
Result<> sys_timer_delete(Thread&, int id);

} // namespace farl
