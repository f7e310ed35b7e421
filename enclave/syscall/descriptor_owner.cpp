#include "enclave/syscall/descriptor_owner.h"

#include "enclave/process/async_signals.h"

#include <climits>

namespace farl {

namespace {

Result<uint64_t> set_owner(Thread& caller, File& file, int type, int id)
{
    auto owner = file.async_owner();
    owner.type = type;
    owner.id = id;
    owner.host_id = TRY(find_async_owner(caller.process(), type, id));
    TRY(file.set_async_owner(owner));
    return uint64_t { 0 };
}

// F_SETOWN: a group by its number's negative.
Result<uint64_t> set_owner(Thread& caller, File& file, int id)
{
    if (id == INT_MIN)
        return Errno::Einval;
    return set_owner(caller, file, id < 0 ? F_OWNER_PGRP : F_OWNER_PID, id < 0 ? -id : id);
}

Result<uint64_t> set_async_signal(File& file, uint32_t signal)
{
    if (signal > kSignalCount)
        return Errno::Einval;
    auto owner = file.async_owner();
    owner.signal = static_cast<int>(signal);
    TRY(file.set_async_owner(owner));
    return uint64_t { 0 };
}

struct OwnerEx {
    int type;
    int id;
};

Result<uint64_t> set_owner_ex(Thread& caller, File& file, UserIn<OwnerEx> argument)
{
    auto owner = TRY(argument.read());
    if (owner.type < F_OWNER_TID || owner.type > F_OWNER_PGRP)
        return Errno::Einval;
    return set_owner(caller, file, owner.type, owner.id);
}

Result<uint64_t> get_owner(File& file)
{
    auto owner = file.async_owner();
    return static_cast<uint64_t>(static_cast<int64_t>(owner.type == F_OWNER_PGRP ? -owner.id : owner.id));
}

Result<uint64_t> get_owner_ex(File& file, UserOut<OwnerEx> argument)
{
    auto owner = file.async_owner();
    TRY(argument.write({ owner.type, owner.id }));
    return uint64_t { 0 };
}

} // namespace

Result<uint64_t> control_owner(Thread& caller, File& file, int command, uint64_t argument)
{
    switch (command) {
    case F_GETOWN:
        return get_owner(file);
    case F_SETOWN:
        return set_owner(caller, file, static_cast<int>(argument));
    case F_GETOWN_EX:
        return get_owner_ex(file, { argument });
    case F_SETOWN_EX:
        return set_owner_ex(caller, file, { argument });
    case F_GETSIG:
        return static_cast<uint64_t>(file.async_owner().signal);
    case F_SETSIG:
        return set_async_signal(file, static_cast<uint32_t>(argument));
    default:
        return Errno::Einval;
    }
}

} // namespace farl
