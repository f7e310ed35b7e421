#include "host/executor/sync/sync_executor.h"

#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

// Every signal is blocked in the launcher, as here.
TEST(SyncExecutor, leaves_no_sigpipe_behind)
{
    sigset_t pipe_signal, before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    close(ends[0]);

    uint64_t arguments[6] { static_cast<uint64_t>(ends[1]), reinterpret_cast<uint64_t>("x"), 1 };
    EXPECT_EQ(SyncExecutor().execute({ .number = SYS_write, .arguments = arguments }), -EPIPE);

    sigset_t pending;
    sigpending(&pending);
    EXPECT_FALSE(sigismember(&pending, SIGPIPE));
    close(ends[1]);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace farl::host
