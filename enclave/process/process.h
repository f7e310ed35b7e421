// Process: the one application of this enclave: its memory, descriptors, identity, threads and signals.
#pragma once

#include "abi/wire/launch_config.h"
#include "enclave/memory/address_space.h"
#include "enclave/process/identity.h"
#include "enclave/process/thread.h"
#include "enclave/vfs/descriptor_table.h"
#include "enclave/vfs/vfs.h"

namespace farl {

struct ResourceLimit {
    uint64_t soft { ~0ull };
    uint64_t hard { ~0ull };
};
inline constexpr int kResourceCount = 16;

// The program as it was started: for /proc/self and for names in messages.
struct ProgramInfo {
    String path;
    Vector<char> arguments; // NUL-separated, as /proc/self/cmdline
    Vector<char> environment;
    Vector<std::byte> auxiliary_vector;
    uint64_t stack_start { 0 };
    uint64_t code_start { 0 }, code_end { 0 }, entry { 0 };
};

class Process {
public:
    explicit Process(int pid) : pid_(pid) { }

    int pid() const { return pid_; }

    DescriptorTable descriptors;
    ProgramInfo program;

    // ---- memory: every change of the address space holds memory_lock
    Mutex memory_lock;
    Owned<AddressSpace> memory;
    std::atomic<bool> has_absent_pages { false }; // which are filled when they are used

    // ---- working directory and creation mask
    Result<StartDirectory> working_directory();
    void set_working_directory(StartDirectory directory);
    std::atomic<uint32_t> umask { 022 };

    Identity identity; // under identity_lock
    Spinlock identity_lock;
    Vector<uint32_t> supplementary_groups; // under identity_lock
    ResourceLimit limits[kResourceCount];
    int parent_pid { 0 };
    uint64_t processor_count { 1 };
    String host_name;

    // prctl(2) and friends: remembered for those who ask.
    std::atomic<int> is_dumpable { 1 };
    std::atomic<int> no_new_privileges { 0 };
    std::atomic<int> parent_death_signal { 0 };
    std::atomic<int> keep_capabilities { 0 };
    std::atomic<int> is_subreaper { 0 };
    std::atomic<int> nice { 0 };
    std::atomic<uint32_t> personality { 0 };

    // ---- threads
    Spinlock thread_lock;
    IntrusiveList<Thread, &Thread::process_link> threads;
    int allocate_tid() { return next_tid_.fetch_add(1); }
    size_t thread_count();
    // Whether the calling thread is the only one, and so remains until it makes another.
    bool is_single_threaded() const { return single_threaded_.load(std::memory_order_acquire); }
    void add(Thread& thread);
    // Whether it was the last.
    bool remove(Thread& thread);
    Result<Ref<Thread>> find_thread(int tid);      // ESRCH
    std::atomic<bool> is_being_replaced { false }; // by the one thread that is in execve(2) beyond return

    // ---- signals. Lock order: thread_lock, then signal_lock.
    Spinlock signal_lock;
    SignalAction actions[kSignalCount + 1];
    PendingSignals pending;
    std::atomic<SignalSet> refused_from_outside { 0 }; // beyond those that are always
    // To the process: any thread that does not block it takes it.
    Result<> send_signal(SignalInfo const& info);
    Result<> send_signal_to(Thread& thread, SignalInfo const& info);
    // As kill(2) to oneself tells it, and the kernel where it sends in the name of the process.
    SignalInfo own_signal(int signal, int code = kSiUser);
    // What a call of this thread has caused: SIGPIPE, SIGXFSZ.
    void raise(Thread& thread, int signal) { (void)send_signal_to(thread, own_signal(signal)); }
    // A fault of the current thread: cannot be blocked or ignored.
    void force_signal(Thread& thread, SignalInfo info);
    // After the mask or the pending sets changed: whether the thread has something to deliver. Under signal_lock.
    void update_interrupt_request(Thread& thread);
    void set_blocked(Thread& thread, SignalSet mask);
    // After the mask, or the disposition of SIGTTIN or SIGTTOU, changed. Under signal_lock.
    void update_terminal_stops(Thread& thread);
    // What it was; null changes nothing.
    SignalAction set_action(int signal, SignalAction const* action);
    // The current thread, told to take signals of the process, has ended or blocked them: others have to know.
    void notify_others_of_pending(SignalSet signals = ~0ull);
    // The signals are ignored or undone from now on: what is pending anywhere falls away.
    void discard_pending(SignalSet signals);
    WaitQueue signalfd_waiters;
    ReadySource signalfd_ready;

    // ---- end
    [[noreturn]] void exit(int status);
    [[noreturn]] void die_by_signal(int signal);
    // Run before the end, in order of registration: statistics, write-back of shared mappings.
    using ExitHook = void (*)();
    void at_exit(ExitHook hook);

    uint64_t start_time_ns { 0 };

private:
    void run_exit_hooks();
    bool is_ignored(Thread const* thread, int signal) const;
    Thread* thread_for_signal(int signal);
    void wake_for_signal(Thread& thread);
    void undo_opposite(int signal);
    Result<> add_pending(PendingSignals& to, SignalInfo const& info);

    int pid_;
    std::atomic<int> next_tid_ { 0 };
    std::atomic<bool> single_threaded_ { true };
    Spinlock directory_lock_;
    StartDirectory working_directory_;
    std::atomic<bool> is_exiting_ { false };
    ExitHook exit_hooks_[8] {};
    size_t exit_hook_count_ { 0 };

    friend Process& create_process(int pid);
};

// The process of this enclave. create_process() once, at start.
Process& create_process(int pid);
Process& process();

} // namespace farl
