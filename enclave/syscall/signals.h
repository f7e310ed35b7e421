// Signals.
#pragma once

#include "enclave/process/signals.h"
#include "enclave/syscall/dispatch.h"

#include <time.h>

namespace farl {

Result<> sys_rt_sigaction(Thread&, int signal, UserIn<SignalAction> action, UserOut<SignalAction> old, size_t set_size);
Result<> sys_rt_sigprocmask(Thread&, int how, UserIn<SignalSet> set, UserOut<SignalSet> old, size_t set_size);
Result<int64_t> sys_rt_sigreturn(Thread&);
Result<> sys_rt_sigpending(Thread&, UserOut<SignalSet> set, size_t set_size);
Result<int> sys_rt_sigtimedwait(
    Thread&, UserIn<SignalSet> set, UserOut<SignalInfo> info, UserIn<timespec> timeout, size_t set_size);
Result<> sys_rt_sigqueueinfo(Thread&, int pid, int signal, UserIn<SignalInfo> info);
Result<> sys_rt_tgsigqueueinfo(Thread&, int pid, int tid, int signal, UserIn<SignalInfo> info);
Result<> sys_rt_sigsuspend(Thread&, UserIn<SignalSet> set, size_t set_size);
Result<> sys_pause(Thread&);
Result<> sys_sigaltstack(Thread&, UserIn<SignalStack> stack, UserOut<SignalStack> old);
Result<> sys_kill(Thread&, int pid, int signal);
Result<> sys_tkill(Thread&, int tid, int signal);
Result<> sys_tgkill(Thread&, int pid, int tid, int signal);

} // namespace farl
