// Who the process is: users, groups, process groups, capabilities.
#pragma once

#include "enclave/syscall/dispatch.h"

namespace farl {

Result<uint32_t> sys_getuid(Thread&);
Result<uint32_t> sys_geteuid(Thread&);
Result<uint32_t> sys_getgid(Thread&);
Result<uint32_t> sys_getegid(Thread&);
Result<> sys_setuid(Thread&, uint32_t uid);
Result<> sys_setgid(Thread&, uint32_t gid);
Result<> sys_setreuid(Thread&, uint32_t real, uint32_t effective);
Result<> sys_setregid(Thread&, uint32_t real, uint32_t effective);
Result<> sys_setresuid(Thread&, uint32_t real, uint32_t effective, uint32_t saved);
Result<> sys_setresgid(Thread&, uint32_t real, uint32_t effective, uint32_t saved);
Result<> sys_getresuid(Thread&, UserOut<uint32_t> real, UserOut<uint32_t> effective, UserOut<uint32_t> saved);
Result<> sys_getresgid(Thread&, UserOut<uint32_t> real, UserOut<uint32_t> effective, UserOut<uint32_t> saved);
Result<uint32_t> sys_setfsuid(Thread&, uint32_t uid);
Result<uint32_t> sys_setfsgid(Thread&, uint32_t gid);
Result<int> sys_getgroups(Thread&, int count, UserOut<uint32_t> groups);
Result<> sys_setgroups(Thread&, int count, UserIn<uint32_t> groups);
Result<> sys_capget(Thread&, uint64_t header, uint64_t data);
Result<> sys_capset(Thread&, uint64_t header, uint64_t data);

Result<int> sys_getppid(Thread&);
Result<int> sys_getpgrp(Thread&);
Result<int> sys_getpgid(Thread&, int pid);
Result<int> sys_getsid(Thread&, int pid);
Result<> sys_setpgid(Thread&, int pid, int group);
Result<int> sys_setsid(Thread&);

} // namespace farl
