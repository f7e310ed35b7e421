// Objects inside that are read like files: pipes, event counters, timers, signals.
#pragma once

#include "enclave/syscall/dispatch.h"

#include <time.h>

namespace farl {

Result<> sys_pipe(Thread&, UserOut<int> numbers);
Result<> sys_pipe2(Thread&, UserOut<int> numbers, int flags);
Result<int> sys_eventfd(Thread&, unsigned initial);
Result<int> sys_eventfd2(Thread&, unsigned initial, int flags);
Result<int> sys_timerfd_create(Thread&, int clock, int flags);
Result<> sys_timerfd_settime(Thread&, int fd, int flags, UserIn<itimerspec> setting, UserOut<itimerspec> old);
Result<> sys_timerfd_gettime(Thread&, int fd, UserOut<itimerspec> setting);
Result<int> sys_signalfd(Thread&, int fd, UserIn<SignalSet> mask, size_t mask_size);
Result<int> sys_signalfd4(Thread&, int fd, UserIn<SignalSet> mask, size_t mask_size, int flags);

} // namespace farl
