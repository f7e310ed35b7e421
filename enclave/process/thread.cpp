#include "enclave/process/thread.h"

#include "enclave/hostcall/service_fiber.h"
#include "enclave/memory/runtime_stacks.h"
#include "enclave/process/futex.h"
#include "enclave/process/process.h"
#include "enclave/process/signal_delivery.h"

extern "C" [[noreturn]] void farl_enter_user(farl::UserFrame* frame);

namespace farl {

Thread::Thread(Process& process, int tid, uint64_t stack_bottom)
    : process_(process),
      tid_(tid),
      fiber_(stack_bottom, run, this)
{
    fiber_.owner = this;
    start_time_ns = scheduler().now_ns();
    processors = ProcessorSet::first(process.processor_count);
}

Thread::~Thread() { release_resources(fiber_); }

Result<Ref<Thread>> Thread::create(Process& process, int tid)
{
    auto stack = TRY(runtime_stacks().allocate());
    auto* thread = new (std::nothrow) Thread(process, tid, stack.start);
    if (!thread) {
        runtime_stacks().release(stack);
        return Errno::Enomem;
    }
    return adopt_ref(*thread);
}

void Thread::start()
{
    ref();
    process_.add(*this);
    scheduler().start(fiber_);
}

void Thread::run(void* self)
{
    auto& thread = *static_cast<Thread*>(self);
    scheduler().begin_fiber();
    if (thread.prepare)
        thread.prepare(thread);
    farl_vectors_restore(&thread.fiber_.vectors);
    write_fs_base(thread.fiber_.fs_base);
    if (Carrier::current().wants_help) // of whoever was on this carrier before
        scheduler().summon_help();
    if (thread.fiber_.interrupt_requested.load()) // a signal came first
        (void)deliver_signals(thread, Restart::Never);
    farl_enter_user(&thread.frame());
}

void Thread::reap(Fiber& fiber) { static_cast<Thread*>(fiber.owner)->unref(); }

void Thread::exit(int status)
{
    abandon_robust_futexes(*this);
    if (clear_child_tid) {
        uint32_t zero = 0;
        if (copy_to_user(clear_child_tid, &zero, sizeof(zero)).is_ok())
            futex_wake(clear_child_tid, 1);
    }
    if (process_.remove(*this))
        process_.exit(status);
    process_.notify_others_of_pending();
    scheduler().finish(reap);
}

Result<FileLease> Thread::any_file(int descriptor)
{
    return process_.descriptors.get(descriptor, process_.is_single_threaded());
}

Result<FileLease> Thread::file(int descriptor)
{
    auto found = TRY(any_file(descriptor));
    if (found->is_path_only())
        return Errno::Ebadf;
    return found;
}

Result<FileLease> Thread::readable_file(int descriptor)
{
    auto found = TRY(file(descriptor));
    if (!found->is_readable())
        return Errno::Ebadf;
    return found;
}

Result<FileLease> Thread::writable_file(int descriptor)
{
    auto found = TRY(file(descriptor));
    if (!found->is_writable())
        return Errno::Ebadf;
    return found;
}

} // namespace farl
