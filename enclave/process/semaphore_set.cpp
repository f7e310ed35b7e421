#include "enclave/process/semaphore_set.h"

#include "enclave/time/runtime_clock.h"

namespace farl {

namespace {

time_t now_s() { return static_cast<time_t>((monotonic_ns() + realtime_offset_ns()) / 1'000'000'000); }

} // namespace

Result<Ref<SemaphoreSet>> SemaphoreSet::create(size_t count)
{
    auto set = TRY(make_ref<SemaphoreSet>());
    TRY(set->counters_.resize(count));
    set->changed_ = now_s();
    return set;
}

Result<> SemaphoreSet::check_operations(Identity const& identity, std::span<sembuf const> operations)
{
    bool changes = false;
    for (auto const& operation : operations) {
        if (operation.sem_num >= counters_.size())
            return Errno::Efbig;
        changes |= operation.sem_op != 0;
    }
    return check_access(identity, changes ? 02 : 04);
}

Result<sembuf const*> SemaphoreSet::try_all(std::span<sembuf const> operations)
{
    size_t done = 0;
    auto undo = [&] {
        while (done-- > 0)
            counters_[operations[done].sem_num].value -= operations[done].sem_op;
    };
    for (; done < operations.size(); ++done) {
        auto const& operation = operations[done];
        auto& value = counters_[operation.sem_num].value;
        bool must_wait = operation.sem_op == 0 ? value != 0 : value + operation.sem_op < 0;
        if (must_wait) {
            undo();
            return &operation;
        }
        if (value + operation.sem_op > kLargestValue) {
            undo();
            return Errno::Erange;
        }
        value += operation.sem_op;
    }
    for (auto const& operation : operations)
        counters_[operation.sem_num].last_process = process().pid();
    return static_cast<sembuf const*>(nullptr);
}

Result<> SemaphoreSet::wait_for(sembuf const& obstacle, uint64_t deadline_ns)
{
    auto& counter = counters_[obstacle.sem_num];
    auto& waiting = obstacle.sem_op ? counter.waiting_for_more : counter.waiting_for_zero;
    ++waiting;
    auto waited = waiters_.wait(lock, deadline_ns);
    --waiting;
    if (is_removed)
        return Errno::Eidrm;
    if (waited.is_error() && waited.error() == Errno::Etimedout)
        return Errno::Eagain;
    return waited;
}

Result<> SemaphoreSet::operate(Identity const& identity, std::span<sembuf const> operations, uint64_t deadline_ns)
{
    LockGuard guard(lock);
    if (is_removed)
        return Errno::Eidrm;
    TRY(check_operations(identity, operations));
    for (;;) {
        auto const* obstacle = TRY(try_all(operations));
        if (!obstacle)
            break;
        if (obstacle->sem_flg & IPC_NOWAIT)
            return Errno::Eagain;
        TRY(wait_for(*obstacle, deadline_ns));
    }
    operated_ = now_s();
    waiters_.wake_all();
    return {};
}

Result<int> SemaphoreSet::ask(Identity const& identity, int command, size_t index)
{
    LockGuard guard(lock);
    TRY(check_access(identity, 04));
    if (index >= counters_.size())
        return Errno::Einval;
    auto const& counter = counters_[index];
    switch (command) {
    case GETVAL:
        return counter.value;
    case GETPID:
        return counter.last_process;
    case GETNCNT:
        return counter.waiting_for_more;
    default:
        return counter.waiting_for_zero;
    }
}

Result<Vector<uint16_t>> SemaphoreSet::values(Identity const& identity)
{
    Vector<uint16_t> values;
    TRY(values.resize(count()));
    LockGuard guard(lock);
    TRY(check_access(identity, 04));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<uint16_t>(counters_[i].value);
    return values;
}

Result<> SemaphoreSet::set_values(Identity const& identity, std::span<uint16_t const> values)
{
    LockGuard guard(lock);
    TRY(check_access(identity, 02));
    for (auto value : values)
        if (value > kLargestValue)
            return Errno::Erange;
    for (size_t i = 0; i < values.size(); ++i)
        counters_[i].value = values[i], counters_[i].last_process = process().pid();
    changed_ = now_s();
    waiters_.wake_all();
    return {};
}

Result<> SemaphoreSet::set_value(Identity const& identity, size_t index, int value)
{
    if (value < 0 || value > kLargestValue)
        return Errno::Erange;
    LockGuard guard(lock);
    if (index >= counters_.size())
        return Errno::Einval;
    TRY(check_access(identity, 02));
    counters_[index].value = value;
    counters_[index].last_process = process().pid();
    changed_ = now_s();
    waiters_.wake_all();
    return {};
}

Result<semid_ds> SemaphoreSet::describe(Identity const& identity)
{
    LockGuard guard(lock);
    TRY(check_access(identity, 04));
    semid_ds status {};
    status.sem_perm = permissions;
    status.sem_otime = operated_;
    status.sem_ctime = changed_;
    status.sem_nsems = counters_.size();
    return status;
}

Result<> SemaphoreSet::change(Identity const& identity, semid_ds const& wanted)
{
    LockGuard guard(lock);
    TRY(check_owner(identity));
    take_permissions(wanted.sem_perm);
    changed_ = now_s();
    return {};
}

Result<> SemaphoreSet::remove(Identity const& identity)
{
    LockGuard guard(lock);
    if (is_removed)
        return Errno::Eidrm;
    TRY(check_owner(identity));
    is_removed = true;
    waiters_.wake_all();
    return {};
}

} // namespace farl
