#include "host/executor/sync/sync_executor.h"

extern "C" {
int64_t farl_host_syscall(uint64_t number, uint64_t const* arguments, uint64_t const* cancelled);
int64_t farl_host_syscall_whole(uint64_t number, uint64_t const* arguments);
}

namespace farl::host {

int64_t SyncExecutor::execute(wire::HostCallSlot& slot)
{
    if (!slot.is_cancellable)
        return farl_host_syscall_whole(slot.number, slot.arguments);
    return farl_host_syscall(slot.number, slot.arguments, &slot.cancelled);
}

} // namespace farl::host
