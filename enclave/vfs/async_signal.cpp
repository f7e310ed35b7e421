#include "enclave/vfs/async_signal.h"

#include "enclave/hostcall/channel.h"

#include <utility>

namespace farl {

namespace {

constinit Spinlock due_lock;
constinit IntrusiveList<AsyncSignal, &AsyncSignal::due_link> due;

} // namespace

Result<> set_host_async_owner(int descriptor, AsyncOwner const& owner)
{
    TRY(checked_status(host_call(SYS_fcntl, descriptor, F_SETSIG, owner.signal)));
    return checked_status(host_call(SYS_fcntl, descriptor, F_SETOWN, owner.host_id));
}

constinit std::atomic<bool> AsyncSignal::any_due_ { false };

void AsyncSignal::became_ready(uint32_t events)
{
    LockGuard guard(due_lock);
    events_ |= events;
    if (due_link.is_linked())
        return;
    ref();
    due.push_back(*this);
    any_due_.store(true, std::memory_order_relaxed);
}

Ref<AsyncSignal> AsyncSignal::take_due(uint32_t& events)
{
    LockGuard guard(due_lock);
    auto* first = due.pop_front();
    any_due_.store(!due.is_empty(), std::memory_order_relaxed);
    if (!first)
        return nullptr;
    events = std::exchange(first->events_, 0);
    return adopt_ref(*first);
}

} // namespace farl
