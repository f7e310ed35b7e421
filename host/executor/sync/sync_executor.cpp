#include "host/executor/sync/sync_executor.h"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <initializer_list>

extern "C" {
int64_t farl_host_syscall(uint64_t number, uint64_t const* arguments, uint64_t const* cancelled);
int64_t farl_host_syscall_whole(uint64_t number, uint64_t const* arguments);
}

namespace farl::host {

namespace {

// The kernel stops nobody who blocks the signal; every other signal is the runtime's to deliver, and stays blocked.
class TerminalStops {
public:
    explicit TerminalStops(uint64_t signals)
    {
        sigemptyset(&set_);
        for (int signal : { SIGTTIN, SIGTTOU })
            if (signals >> (signal - 1) & 1)
                sigaddset(&set_, signal);
        pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    }
    ~TerminalStops() { pthread_sigmask(SIG_BLOCK, &set_, nullptr); }

private:
    sigset_t set_;
};

// The runtime raises SIGPIPE itself: the one that the kernel has left pending on this thread is not to be taken for one
// that was sent.
void drop_pipe_signal()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    constexpr timespec kAtOnce {};
    sigtimedwait(&set, nullptr, &kAtOnce);
}

int64_t execute_now(LinuxCall const& call)
{
    auto result = call.cancelled ? farl_host_syscall(call.number, call.arguments, call.cancelled)
                                 : farl_host_syscall_whole(call.number, call.arguments);
    if (result == -EPIPE) [[unlikely]]
        drop_pipe_signal();
    return result;
}

} // namespace

int64_t SyncExecutor::execute(LinuxCall const& call)
{
    if (!call.stopped_by)
        return execute_now(call);
    TerminalStops stops(call.stopped_by);
    return execute_now(call);
}

} // namespace farl::host
