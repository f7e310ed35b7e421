#include "enclave/syscall/scheduling.h"

#include "enclave/process/time_values.h"

#include <sched.h>
#include <sys/resource.h>

namespace farl {

namespace {

constexpr int kResetOnFork = 0x4000'0000;

// Of the one process; its number names it also when its first thread has ended.
Result<Ref<Thread>> thread_named(Thread& caller, int pid)
{
    auto& process = caller.process();
    if (pid == 0)
        return Ref<Thread>(caller);
    auto found = process.find_thread(pid);
    if (found.is_error() && pid == process.pid())
        return Ref<Thread>(caller);
    return found;
}

Result<Ref<Thread>> thread_at(Thread& caller, int pid)
{
    if (pid < 0)
        return Errno::Einval;
    return thread_named(caller, pid);
}

Result<> check_priority_target(Thread& caller, int which, int who)
{
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return Errno::Einval;
    if (which == PRIO_PROCESS)
        TRY(thread_named(caller, who));
    return {};
}

bool is_real_time(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }

Result<> check_policy(int policy)
{
    constexpr int kIdle = 5, kBatch = 3;
    if (policy != SCHED_OTHER && policy != kBatch && policy != kIdle && !is_real_time(policy))
        return Errno::Einval;
    return {};
}

} // namespace

// getpriority(2): the raw call returns 20 - nice
Result<int> sys_getpriority(Thread& caller, int which, int who)
{
    TRY(check_priority_target(caller, which, who));
    return 20 - caller.process().nice.load();
}

// setpriority(2)
Result<> sys_setpriority(Thread& caller, int which, int who, int priority)
{
    TRY(check_priority_target(caller, which, who));
    priority = priority < -20 ? -20 : priority > 19 ? 19 : priority;
    auto& process = caller.process();
    if (priority < process.nice.load() && process.identity.effective_uid != 0)
        return Errno::Eacces;
    process.nice.store(priority);
    return {};
}

// sched_setparam(2)
Result<> sys_sched_setparam(Thread& caller, int pid, UserIn<int> parameter)
{
    if (!parameter)
        return Errno::Einval;
    TRY(thread_at(caller, pid));
    if (TRY(parameter.read()) != 0)
        return Errno::Einval;
    return {};
}

// sched_getparam(2)
Result<> sys_sched_getparam(Thread& caller, int pid, UserOut<int> parameter)
{
    if (!parameter)
        return Errno::Einval;
    TRY(thread_at(caller, pid));
    return parameter.write(0);
}

// sched_setscheduler(2): real-time policies are not to be had
Result<> sys_sched_setscheduler(Thread& caller, int pid, int policy, UserIn<int> parameter)
{
    if (!parameter || pid < 0)
        return Errno::Einval;
    auto priority = TRY(parameter.read());
    auto thread = TRY(thread_at(caller, pid));
    auto wanted = policy & ~kResetOnFork;
    TRY(check_policy(wanted));
    bool fits = is_real_time(wanted) ? priority >= 1 && priority <= 99 : priority == 0;
    if (!fits)
        return Errno::Einval;
    if (is_real_time(wanted))
        return Errno::Eperm;
    thread->scheduling_policy.store(policy);
    return {};
}

// sched_getscheduler(2)
Result<int> sys_sched_getscheduler(Thread& caller, int pid)
{
    return TRY(thread_at(caller, pid))->scheduling_policy.load();
}

// sched_get_priority_max(2)
Result<int> sys_sched_get_priority_max(Thread&, int policy)
{
    TRY(check_policy(policy));
    return is_real_time(policy) ? 99 : 0;
}

// sched_get_priority_min(2)
Result<int> sys_sched_get_priority_min(Thread&, int policy)
{
    TRY(check_policy(policy));
    return is_real_time(policy) ? 1 : 0;
}

// sched_rr_get_interval(2)
Result<> sys_sched_rr_get_interval(Thread& caller, int pid, UserOut<timespec> interval)
{
    constexpr uint64_t kSliceNs = 10'000'000;
    TRY(thread_at(caller, pid));
    return interval.write(to_timespec(kSliceNs));
}

// sched_setaffinity(2): threads move between carriers all the same
Result<> sys_sched_setaffinity(Thread& caller, int pid, size_t size, UserBytes mask)
{
    ProcessorSet wanted;
    TRY(copy_from_user(wanted.words, mask.address, size < sizeof(wanted.words) ? size : sizeof(wanted.words)));
    auto thread = TRY(thread_named(caller, pid));
    wanted.intersect(ProcessorSet::first(caller.process().processor_count));
    if (wanted.is_empty())
        return Errno::Einval;
    LockGuard guard(caller.process().thread_lock);
    thread->processors = wanted;
    return {};
}

// sched_getaffinity(2)
Result<size_t> sys_sched_getaffinity(Thread& caller, int pid, size_t size, UserBytes mask)
{
    auto needed = ProcessorSet::size_for(caller.process().processor_count);
    if (size % sizeof(uint64_t) || size < needed)
        return Errno::Einval;
    auto thread = TRY(thread_named(caller, pid));
    ProcessorSet set;
    {
        LockGuard guard(caller.process().thread_lock);
        set = thread->processors;
    }
    TRY(copy_to_user(mask.address, set.words, needed));
    return needed;
}

} // namespace farl
