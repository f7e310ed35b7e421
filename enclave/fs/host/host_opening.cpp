#include "enclave/fs/host/host_opening.h"

#include "enclave/fs/host/host_status.h"

#include <fcntl.h>

namespace farl {

namespace {

constexpr int64_t kInterrupted = -static_cast<int64_t>(Errno::Eintr);

// HOST: the type only decides whether the wait goes on.
bool keeps_openers_waiting(int directory, HostAddress name, uint64_t resolve)
{
    Staging staging;
    open_how how { .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = resolve };
    auto staged_how = staging.put_object(how);
    if (staged_how.is_error())
        return true;
    auto found =
        checked_descriptor(host_call(SYS_openat2, directory, name.value(), staged_how.value().value(), sizeof(how)));
    if (found.is_error())
        return false;
    auto status = host_status(found.value().number());
    return status.is_ok() && (S_ISFIFO(status.value().st_mode) || S_ISCHR(status.value().st_mode));
}

} // namespace

HostAnswer host_open(int directory, HostAddress name, uint64_t flags, uint64_t mode)
{
    auto answer = host_call_blocking(SYS_openat, directory, name.value(), flags, mode);
    if (answer.unchecked() != kInterrupted || keeps_openers_waiting(directory, name, 0))
        return answer;
    return host_call_to_its_end(SYS_openat, directory, name.value(), flags, mode);
}

HostAnswer host_open(int directory, HostAddress name, open_how const& how, HostAddress staged_how)
{
    auto answer = host_call_blocking(SYS_openat2, directory, name.value(), staged_how.value(), sizeof(how));
    if (answer.unchecked() != kInterrupted || keeps_openers_waiting(directory, name, how.resolve))
        return answer;
    return host_call_to_its_end(SYS_openat2, directory, name.value(), staged_how.value(), sizeof(how));
}

} // namespace farl
