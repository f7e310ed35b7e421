#include "host/platform/sgx/thread_state.h"

#include <csignal>
#include <ctime>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farl::host {

namespace {

constexpr size_t kStackSize = 64 * 1024;
constexpr long kFirstNudge_ns = 10'000; // longer than the way from a handler into the enclave
constexpr long kLongestNudge_ns = 100'000'000;

constinit thread_local ThreadState the_state {};

// The thread's own things, gone with it.
class ThreadResources {
public:
    ThreadResources()
    {
        stack_t present {};
        if (sigaltstack(nullptr, &present) || !(present.ss_flags & SS_DISABLE))
            return;
        auto* memory =
            mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED)
            return; // signals then use the thread's own stack, which an AEX has given back
        stack_ = memory;
        stack_t const stack { .ss_sp = memory, .ss_flags = 0, .ss_size = kStackSize };
        sigaltstack(&stack, nullptr);
    }
    ~ThreadResources()
    {
        if (the_state.has_nudge)
            syscall(SYS_timer_delete, the_state.nudge_timer);
        the_state.has_nudge = false;
        if (!stack_)
            return;
        stack_t const none { .ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0 };
        sigaltstack(&none, nullptr);
        munmap(stack_, kStackSize);
    }
    ThreadResources(ThreadResources const&) = delete;

    void touch() { }

private:
    void* stack_ { nullptr };
};

thread_local ThreadResources the_resources;

} // namespace

ThreadState& ThreadState::of_this_thread() { return the_state; }

ThreadState& ThreadState::current()
{
    the_resources.touch();
    return the_state;
}

// By raw system calls: those of the C library are not for signal handlers. Where no timer is to be had, the signal is
// reported at the enclave's next exit only.
void ThreadState::nudge_later(int signal)
{
    if (has_nudge && nudge_signal != signal) {
        syscall(SYS_timer_delete, nudge_timer);
        has_nudge = false;
    }
    if (!has_nudge) {
        sigevent event {};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event.sigev_value.sival_ptr = this;
        event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
        if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &nudge_timer))
            return;
        has_nudge = true;
        nudge_signal = signal;
    }
    if (!is_nudge_armed)
        nudge_delay_ns = kFirstNudge_ns;
    else if (nudge_delay_ns < kLongestNudge_ns)
        nudge_delay_ns *= 2;
    is_nudge_armed = true;
    itimerspec const once { {}, { 0, nudge_delay_ns } };
    syscall(SYS_timer_settime, nudge_timer, 0, &once, nullptr);
}

// What the timer had sent is delivered before the call returns: no system call of the host's is disturbed later.
void ThreadState::stop_nudging()
{
    if (!is_nudge_armed)
        return;
    itimerspec const never {};
    syscall(SYS_timer_settime, nudge_timer, 0, &never, nullptr);
    is_nudge_armed = false;
}

} // namespace farl::host
