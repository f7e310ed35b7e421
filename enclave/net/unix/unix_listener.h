// UnixListener: connections to a listening Unix socket that were not accepted yet.
#pragma once

#include "base/ref.h"
#include "base/vector.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/ready.h"

namespace farl {

class UnixSocket;

class UnixListener : public RefCounted<UnixListener> {
public:
    explicit UnixListener(ReadySource& readiness);
    ~UnixListener();

    void set_backlog(size_t backlog);
    // The other end of a connection that is being made. ECONNREFUSED, EAGAIN if there are too many.
    Result<> add(Ref<UnixSocket> socket, uint64_t deadline_ns);
    // EINVAL if nobody can connect any more, EAGAIN.
    Result<Ref<UnixSocket>> take(uint64_t deadline_ns);
    bool has_any();
    bool is_shut();

    void shut();
    // Its socket goes, and whoever was not accepted learns it.
    void close();

private:
    Spinlock lock_; // all below
    ReadySource* readiness_;
    Vector<Ref<UnixSocket>> pending_;
    size_t backlog_ { 0 };
    bool is_shut_ { false };
    WaitQueue accepting_;
    WaitQueue connecting_;
};

} // namespace farl
