// Thread: an application thread. It owns a fiber, whose stack it also lives on while it is in the runtime.
#pragma once

#include "enclave/process/processor_set.h"
#include "enclave/process/signals.h"
#include "enclave/sched/scheduler.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_lease.h"

namespace farl {

class Process;

inline constexpr uint64_t kDefaultTimerSlackNs = 50'000;

// What brought a thread into the runtime other than a system call: filled by the exception handler.
struct FaultRecord {
    uint8_t vector { 0 };
    bool is_interrupt { false };
    uint32_t error_code { 0 };
    uint64_t address { 0 };
};

class Thread : public RefCounted<Thread> {
public:
    ~Thread();
    // The thread is not started: fill in its frame, then call start().
    static Result<Ref<Thread>> create(Process& process, int tid);
    // The current one; only from a fiber that runs an application thread.
    static Thread& current() { return *static_cast<Thread*>(Carrier::current().fiber->owner); }

    Process& process() const { return process_; }
    int tid() const { return tid_; }
    Fiber& fiber() { return fiber_; }
    UserFrame& frame() { return fiber_.user_frame(); }

    // From here on the process's list holds a reference until the thread has ended.
    void start();
    // execve(2): whichever thread called it goes on under the process's number.
    void become_main(int pid) { tid_ = pid; }
    // execve(2) by another thread: this one ends at its next look at signals.
    std::atomic<bool> must_exit { false };
    // exit(2) of the current thread.
    [[noreturn]] void exit(int status);

    // ---- what handlers use
    // EBADF also for one opened with O_PATH, with which only few calls work: those take any_file().
    Result<FileLease> file(int descriptor);
    Result<FileLease> any_file(int descriptor);
    // Ready for read or write: EBADF if it was not opened so.
    Result<FileLease> readable_file(int descriptor);
    Result<FileLease> writable_file(int descriptor);

    // A call that is repeated because no handler ran goes on with its first deadline.
    uint64_t first_deadline(uint64_t deadline_ns)
    {
        if (!first_deadline_ns)
            first_deadline_ns = deadline_ns;
        return first_deadline_ns;
    }
    uint64_t first_deadline_ns { 0 }; // 0 at the begin of each call

    // ---- signals, under process().signal_lock
    SignalSet blocked { 0 };
    PendingSignals pending;
    SignalStack alternate_stack;
    // sigsuspend, ppoll and the like: the mask to come back to once a signal has been taken.
    bool has_saved_mask { false };
    SignalSet saved_mask { 0 };
    SignalSet awaited { 0 }; // sigtimedwait: blocked signals it takes all the same

    // Waits in sigsuspend, pause, sigtimedwait; under signal_lock.
    WaitQueue signal_waiters;

    // Runs on the thread itself before it enters the application.
    void (*prepare)(Thread&) { nullptr };

    FaultRecord fault;
    uint64_t last_fault { 0 };      // the address of the last page fault that was not the application's own
    uint32_t repeated_faults { 0 }; // how often it came again at once
    uint64_t clear_child_tid { 0 };
    uint64_t robust_list { 0 };
    char name[16] {};
    uint64_t start_time_ns { 0 };
    uint64_t timer_slack_ns { kDefaultTimerSlackNs };
    std::atomic<int> scheduling_policy { 0 }; // remembered, as are the processors; these under process().thread_lock
    ProcessorSet processors;
    std::atomic<int> io_priority { 0 };

    ListLink process_link;

private:
    Thread(Process& process, int tid, uint64_t stack_bottom);
    static void run(void* self);
    static void reap(Fiber& fiber);

    Process& process_;
    int tid_;
    Fiber fiber_;
};

} // namespace farl
