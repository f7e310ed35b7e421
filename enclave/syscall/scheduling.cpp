#include "enclave/syscall/scheduling.h"

#include "enclave/process/time_values.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>

namespace farl {

namespace {

constexpr int kResetOnFork = 0x4000'0000; // with a policy, as sched_setscheduler(2) has it
constexpr uint64_t kResetFlag = 1;        // in sched_attr
constexpr uint64_t kKnownAttributeFlags = 0x7f;
constexpr uint32_t kFirstAttributesSize = 48;
constexpr int kIoProcess = 1, kIoUser = 3; // IOPRIO_WHO_PROCESS, IOPRIO_WHO_USER

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

// Real-time policies are not to be had. `policy` may have kResetOnFork.
Result<> set_policy(Thread& thread, int policy, int priority)
{
    auto wanted = policy & ~kResetOnFork;
    TRY(check_policy(wanted));
    bool fits = is_real_time(wanted) ? priority >= 1 && priority <= 99 : priority == 0;
    if (!fits)
        return Errno::Einval;
    if (is_real_time(wanted))
        return Errno::Eperm;
    thread.scheduling_policy.store(policy);
    return {};
}

// What is longer than we know must be zero there; a size from before the first version is told ours.
Result<SchedulingAttributes> read_attributes(uint64_t address)
{
    auto size = TRY(UserIn<uint32_t> { address }.read());
    if (!size)
        size = kFirstAttributesSize;
    SchedulingAttributes attributes {};
    bool is_known = size >= kFirstAttributesSize && size <= kPageSize;
    for (uint64_t at = sizeof(attributes); is_known && at < size; ++at)
        is_known = TRY(UserIn<char> { address + at }.read()) == 0;
    if (!is_known) {
        TRY(UserOut<uint32_t> { address }.write(sizeof(attributes)));
        return Errno::E2big;
    }
    TRY(copy_from_user(&attributes, address, size < sizeof(attributes) ? size : sizeof(attributes)));
    return attributes;
}

// ioprio_set(2): a class and its level
Result<> check_io_priority(Thread& caller, int value)
{
    constexpr int kClassShift = 13, kNone = 0, kRealTime = 1, kBestEffort = 2, kIdle = 3;
    switch (value >> kClassShift) {
    case kRealTime:
        return caller.process().identity.effective_uid ? Errno::Eperm : Result<> {};
    case kBestEffort:
    case kIdle:
        return {};
    case kNone:
        return value ? Errno::Einval : Result<> {};
    default:
        return Errno::Einval;
    }
}

Result<Ref<Thread>> io_priority_target(Thread& caller, int which, int who)
{
    if (which < kIoProcess || which > kIoUser)
        return Errno::Einval;
    if (which != kIoProcess && who)
        return Errno::Esrch;
    return thread_named(caller, who);
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
    if (priority < process.nice.load() && !process.identity.capabilities.has(CAP_SYS_NICE))
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
    return set_policy(*thread, policy, priority);
}

// sched_getscheduler(2)
Result<int> sys_sched_getscheduler(Thread& caller, int pid)
{
    return TRY(thread_at(caller, pid))->scheduling_policy.load();
}

// sched_setattr(2)
Result<> sys_sched_setattr(Thread& caller, int pid, uint64_t address, unsigned flags)
{
    if (!address || pid < 0 || flags)
        return Errno::Einval;
    auto attributes = TRY(read_attributes(address));
    auto policy = static_cast<int>(attributes.policy);
    if (policy < 0 || (policy & kResetOnFork) || (attributes.flags & ~kKnownAttributeFlags))
        return Errno::Einval;
    auto thread = TRY(thread_at(caller, pid));
    auto nice = attributes.nice < -20 ? -20 : attributes.nice > 19 ? 19 : attributes.nice;
    auto& process = caller.process();
    if (nice < process.nice.load() && process.identity.effective_uid != 0)
        return Errno::Eperm;
    TRY(set_policy(
        *thread, policy | (attributes.flags & kResetFlag ? kResetOnFork : 0), static_cast<int>(attributes.priority)));
    process.nice.store(nice);
    return {};
}

// sched_getattr(2)
Result<> sys_sched_getattr(Thread& caller, int pid, uint64_t address, unsigned size, unsigned flags)
{
    if (!address || pid < 0 || size > kPageSize || size < kFirstAttributesSize || flags)
        return Errno::Einval;
    auto policy = TRY(thread_at(caller, pid))->scheduling_policy.load();
    SchedulingAttributes attributes {};
    attributes.size = size < sizeof(attributes) ? size : sizeof(attributes);
    attributes.policy = static_cast<uint32_t>(policy & ~kResetOnFork);
    attributes.flags = policy & kResetOnFork ? kResetFlag : 0;
    attributes.nice = caller.process().nice.load();
    return copy_to_user(address, &attributes, attributes.size);
}

// ioprio_get(2): 0 stands for what follows from the priority
Result<int> sys_ioprio_get(Thread& caller, int which, int who)
{
    return TRY(io_priority_target(caller, which, who))->io_priority.load();
}

// ioprio_set(2): remembered; the host orders its own queues
Result<> sys_ioprio_set(Thread& caller, int which, int who, int value)
{
    TRY(check_io_priority(caller, value));
    TRY(io_priority_target(caller, which, who))->io_priority.store(value);
    return {};
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
