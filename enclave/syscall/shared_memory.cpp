#include "enclave/syscall/shared_memory.h"

#include "enclave/process/shared_segment.h"

namespace farl {

namespace {

constinit IpcTable<SharedSegment> segments;

constexpr int kIndependentOfVersion = 0x100; // IPC_64, which old C libraries add

Identity identity_of(Thread& caller)
{
    LockGuard guard(caller.process().identity_lock);
    return caller.process().identity;
}

// A segment that was removed goes with its last attachment, which munmap(2) and execve(2) may have ended too.
Result<Ref<SharedSegment>> find(Thread& caller, int number)
{
    auto segment = TRY(segments.find(number));
    if (!segment->is_gone(caller.process()))
        return segment;
    segments.forget(number);
    return Errno::Einval;
}

Result<> remove(Thread& caller, int number)
{
    auto segment = TRY(find(caller, number));
    TRY(segment->remove(identity_of(caller)));
    if (segment->is_gone(caller.process()))
        segments.forget(number);
    return {};
}

// mlock(2) has no effect either; the owner may ask for it.
Result<> lock(Thread& caller, int number)
{
    auto segment = TRY(find(caller, number));
    LockGuard guard(segment->lock);
    return segment->check_owner(identity_of(caller));
}

} // namespace

// shmget(2)
Result<int> sys_shmget(Thread& caller, int key, uint64_t size, int flags)
{
    auto identity = identity_of(caller);
    auto make = [&]() -> Result<Ref<SharedSegment>> {
        if (!size || size > SharedSegment::kLargest)
            return Errno::Einval;
        if (flags & SHM_HUGETLB)
            return Errno::Enomem; // no huge pages to give
        return SharedSegment::create(identity, key, size);
    };
    auto check = [&](SharedSegment& found) -> Result<> { return size > found.size() ? Errno::Einval : Result<> {}; };
    return segments.get(identity, key, flags, make, check);
}

// shmat(2)
Result<uint64_t> sys_shmat(Thread& caller, int number, uint64_t address, int flags)
{
    return TRY(find(caller, number))->attach(caller.process(), identity_of(caller), address, flags);
}

// shmdt(2)
Result<> sys_shmdt(Thread& caller, uint64_t address)
{
    auto key = attached_object(caller.process(), address);
    auto segment = segments.find_if([&](SharedSegment const& known) { return known.object_key() == key; });
    if (address % kPageSize || !key.inode || !segment)
        return Errno::Einval;
    TRY(segment->detach(caller.process(), address));
    if (segment->is_gone(caller.process()))
        segments.forget(segment->number);
    return {};
}

// shmctl(2)
Result<> sys_shmctl(Thread& caller, int number, int command, uint64_t buffer)
{
    if (number < 0)
        return Errno::Einval;
    auto identity = identity_of(caller);
    switch (command & ~kIndependentOfVersion) {
    case IPC_STAT: {
        auto status = TRY(TRY(find(caller, number))->describe(caller.process(), identity));
        return UserOut<shmid_ds> { buffer }.write(status);
    }
    case IPC_SET: {
        auto wanted = TRY(UserIn<shmid_ds> { buffer }.read());
        return TRY(find(caller, number))->change(identity, wanted);
    }
    case IPC_RMID:
        return remove(caller, number);
    case SHM_LOCK:
    case SHM_UNLOCK:
        return lock(caller, number);
    default:
        return Errno::Einval;
    }
}

} // namespace farl
