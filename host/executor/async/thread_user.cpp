#include "host/executor/async/thread_user.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr uid_t kUnchanged = static_cast<uid_t>(-1);

__user_cap_header_struct own_header() { return { .version = _LINUX_CAPABILITY_VERSION_3, .pid = 0 }; }

} // namespace

ThreadUser ThreadUser::of_caller()
{
    ThreadUser user;
    auto& users = user.users_;
    auto& groups = user.groups_;
    auto& supplementary = user.supplementary_;
    syscall(SYS_getresuid, &users.real, &users.effective, &users.saved);
    syscall(SYS_getresgid, &groups.real, &groups.effective, &groups.saved);
    // setfsuid(2): an id that cannot be is refused, and the present one is the answer.
    users.file = static_cast<uid_t>(syscall(SYS_setfsuid, kUnchanged));
    groups.file = static_cast<gid_t>(syscall(SYS_setfsgid, kUnchanged));
    auto const count = syscall(SYS_getgroups, 0, nullptr);
    supplementary.resize(static_cast<size_t>(count > 0 ? count : 0));
    syscall(SYS_getgroups, supplementary.size(), supplementary.data());
    auto header = own_header();
    syscall(SYS_capget, &header, user.capabilities_.data());
    return user;
}

// The superuser among the thread's ids comes first, because it may be needed for the rest; the file ids last, because
// they take capabilities over files away. What fails is left as it is: the thread has no right to it.
void ThreadUser::take_on() const
{
    syscall(SYS_setresuid, kUnchanged, 0, kUnchanged);
    syscall(SYS_setgroups, supplementary_.size(), supplementary_.data());
    syscall(SYS_setresgid, groups_.real, groups_.effective, groups_.saved);
    syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
    syscall(SYS_setresuid, users_.real, users_.effective, users_.saved);
    auto header = own_header();
    syscall(SYS_capset, &header, capabilities_.data());
    syscall(SYS_setfsgid, groups_.file);
    syscall(SYS_setfsuid, users_.file);
}

} // namespace farl::host
