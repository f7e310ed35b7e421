#include "enclave/syscall/ipc.h"

#include "enclave/process/message_queue.h"
#include "enclave/process/semaphore_set.h"
#include "enclave/syscall/deadline.h"

namespace farl {

namespace {

constinit IpcTable<MessageQueue> queues;
constinit IpcTable<SemaphoreSet> sets;

constexpr int kIndependentOfVersion = 0x100; // IPC_64, which old C libraries add

Identity identity_of(Thread& caller)
{
    LockGuard guard(caller.process().identity_lock);
    return caller.process().identity;
}

template <typename Object>
Result<> remove(IpcTable<Object>& table, Object& object, Identity const& identity)
{
    TRY(object.remove(identity));
    table.forget(object.number);
    return {};
}

Result<Vector<sembuf>> read_operations(uint64_t address, unsigned count)
{
    if (!count)
        return Errno::Einval;
    if (count > SemaphoreSet::kMostAtOnce)
        return Errno::E2big;
    Vector<sembuf> operations;
    TRY(operations.resize(count));
    TRY(copy_from_user(operations.data(), address, count * sizeof(sembuf)));
    return operations;
}

Result<> write_values(SemaphoreSet& set, Identity const& identity, uint64_t address)
{
    auto values = TRY(set.values(identity));
    return copy_to_user(address, values.data(), values.size() * sizeof(uint16_t));
}

Result<> read_values(SemaphoreSet& set, Identity const& identity, uint64_t address)
{
    Vector<uint16_t> values;
    TRY(values.resize(set.count()));
    TRY(copy_from_user(values.data(), address, values.size() * sizeof(uint16_t)));
    return set.set_values(identity, values.span());
}

} // namespace

// msgget(2)
Result<int> sys_msgget(Thread& caller, int key, int flags)
{
    auto make = [] { return make_ref<MessageQueue>(); };
    return queues.get(identity_of(caller), key, flags, make, [](MessageQueue&) { return Result<> {}; });
}

// msgsnd(2)
Result<> sys_msgsnd(Thread& caller, int number, uint64_t address, int64_t size, int flags)
{
    auto type = TRY(UserIn<long> { address }.read());
    if (number < 0 || size < 0 || size > static_cast<int64_t>(MessageQueue::kLargestMessage) || type < 1)
        return Errno::Einval;
    auto message = TRY(make_owned<Message>());
    message->type = type;
    TRY(message->bytes.resize(static_cast<size_t>(size)));
    TRY(copy_from_user(message->bytes.data(), address + sizeof(long), message->bytes.size()));
    auto queue = TRY(queues.find(number));
    return queue->send(identity_of(caller), std::move(message), !(flags & IPC_NOWAIT));
}

// msgrcv(2)
Result<size_t> sys_msgrcv(Thread& caller, int number, uint64_t address, int64_t size, int64_t type, int flags)
{
    constexpr int kCopy = 040000; // MSG_COPY, for checkpoints
    if (number < 0 || size < 0)
        return Errno::Einval;
    if (flags & kCopy)
        return Errno::Enosys;
    auto queue = TRY(queues.find(number));
    MessageQueue::Wish wish { .type = type,
        .is_other_type = (flags & MSG_EXCEPT) != 0,
        .room = static_cast<size_t>(size),
        .may_cut = (flags & MSG_NOERROR) != 0,
        .waits = !(flags & IPC_NOWAIT) };
    auto message = TRY(queue->receive(identity_of(caller), wish));
    auto count = message->bytes.size() < wish.room ? message->bytes.size() : wish.room;
    TRY(UserOut<long> { address }.write(message->type));
    TRY(copy_to_user(address + sizeof(long), message->bytes.data(), count));
    return count;
}

// msgctl(2)
Result<> sys_msgctl(Thread& caller, int number, int command, uint64_t buffer)
{
    if (number < 0)
        return Errno::Einval;
    auto identity = identity_of(caller);
    switch (command & ~kIndependentOfVersion) {
    case IPC_STAT: {
        auto queue = TRY(queues.find(number));
        TRY(queue->check_access(identity, 04));
        return UserOut<msqid_ds> { buffer }.write(queue->describe());
    }
    case IPC_SET: {
        auto wanted = TRY(UserIn<msqid_ds> { buffer }.read());
        return TRY(queues.find(number))->change(identity, wanted);
    }
    case IPC_RMID:
        return remove(queues, *TRY(queues.find(number)), identity);
    default:
        return Errno::Einval;
    }
}

// semget(2)
Result<int> sys_semget(Thread& caller, int key, int count, int flags)
{
    auto wanted = static_cast<size_t>(count);
    if (count < 0 || wanted > SemaphoreSet::kMostInSet)
        return Errno::Einval;
    auto make = [&]() -> Result<Ref<SemaphoreSet>> {
        if (!count)
            return Errno::Einval;
        return SemaphoreSet::create(wanted);
    };
    auto check = [&](SemaphoreSet& set) -> Result<> { return wanted > set.count() ? Errno::Einval : Result<> {}; };
    return sets.get(identity_of(caller), key, flags, make, check);
}

// semop(2)
Result<> sys_semop(Thread& caller, int number, uint64_t operations, unsigned count)
{
    return sys_semtimedop(caller, number, operations, count, 0);
}

// semtimedop(2)
Result<> sys_semtimedop(Thread& caller, int number, uint64_t address, unsigned count, uint64_t timeout)
{
    auto deadline = TRY(read_timeout(timeout));
    auto operations = TRY(read_operations(address, count));
    return TRY(sets.find(number))->operate(identity_of(caller), operations.span(), deadline);
}

// semctl(2)
Result<int> sys_semctl(Thread& caller, int number, int index, int command, uint64_t argument)
{
    if (number < 0)
        return Errno::Einval;
    auto identity = identity_of(caller);
    auto at = static_cast<size_t>(index);
    switch (command & ~kIndependentOfVersion) {
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT:
        return TRY(sets.find(number))->ask(identity, command & ~kIndependentOfVersion, at);
    case SETVAL:
        TRY(TRY(sets.find(number))->set_value(identity, at, static_cast<int>(argument)));
        return 0;
    case GETALL:
        TRY(write_values(*TRY(sets.find(number)), identity, argument));
        return 0;
    case SETALL:
        TRY(read_values(*TRY(sets.find(number)), identity, argument));
        return 0;
    case IPC_STAT:
        TRY(UserOut<semid_ds> { argument }.write(TRY(TRY(sets.find(number))->describe(identity))));
        return 0;
    case IPC_SET: {
        auto wanted = TRY(UserIn<semid_ds> { argument }.read());
        TRY(TRY(sets.find(number))->change(identity, wanted));
        return 0;
    }
    case IPC_RMID:
        TRY(remove(sets, *TRY(sets.find(number)), identity));
        return 0;
    default:
        return Errno::Einval;
    }
}

} // namespace farl
