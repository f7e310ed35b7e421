// AsyncSignal: O_ASYNC of an object that lives inside, fcntl(2): what it has to tell waits here until the process layer
// sends it, at the end of the call that caused it and without any locks.
#pragma once

#include "base/ref.h"
#include "base/result.h"
#include "enclave/vfs/ready.h"

#include <fcntl.h>

namespace farl {

// F_SETOWN_EX, F_SETSIG.
struct AsyncOwner {
    int type { F_OWNER_PID };
    int id { 0 };     // 0: nobody
    int signal { 0 }; // 0: SIGIO, which tells nothing else
    // F_SETOWN's number at the host, who does not know threads.
    int host_id { 0 };
};

// For an object of the host, which sends the signal to this process then. Which descriptor it was about is lost.
Result<> set_host_async_owner(int descriptor, AsyncOwner const& owner);

class AsyncSignal final : public RefCounted<AsyncSignal>, public ReadyObserver {
public:
    AsyncSignal(AsyncOwner owner, int descriptor) : owner_(owner), descriptor_(descriptor) { }

    AsyncOwner const& owner() const { return owner_; }
    int descriptor() const { return descriptor_; }

    void became_ready(uint32_t events) override;

    // The next one that is due, and what has happened; null if there is none.
    static Ref<AsyncSignal> take_due(uint32_t& events);
    static bool is_any_due() { return any_due_.load(std::memory_order_relaxed); }

    ListLink due_link; // with a reference, under the lock of all that are due

private:
    static std::atomic<bool> any_due_;

    AsyncOwner owner_;
    int descriptor_;
    uint32_t events_ { 0 }; // under the same lock
};

} // namespace farl
