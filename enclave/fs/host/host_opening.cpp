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

HostAnswer open_followed(uint64_t number, std::array<uint64_t, 6> arguments, FirstLook const* look)
{
    return look ? host_call_followed(number, arguments, look->follow_ups()) : host_call_blocking(number, arguments);
}

} // namespace

HostAnswer host_open(int directory, HostAddress name, uint64_t flags, uint64_t mode, FirstLook const* look)
{
    auto answer = open_followed(SYS_openat, { static_cast<uint64_t>(directory), name.value(), flags, mode }, look);
    if (answer.unchecked() != kInterrupted || keeps_openers_waiting(directory, name, 0))
        return answer;
    return host_call_to_its_end(SYS_openat, directory, name.value(), flags, mode);
}

HostAnswer host_open(
    int directory, HostAddress name, open_how const& how, HostAddress staged_how, FirstLook const* look)
{
    auto answer = open_followed(
        SYS_openat2, { static_cast<uint64_t>(directory), name.value(), staged_how.value(), sizeof(how) }, look);
    if (answer.unchecked() != kInterrupted || keeps_openers_waiting(directory, name, how.resolve))
        return answer;
    return host_call_to_its_end(SYS_openat2, directory, name.value(), staged_how.value(), sizeof(how));
}

} // namespace farl
