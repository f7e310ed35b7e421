#include "enclave/syscall/memory.h"

#include "base/checked.h"
#include "enclave/hostcall/channel.h"
#include "enclave/process/mapping.h"

namespace farl {

// mmap(2)
Result<uint64_t> sys_mmap(
    Thread& caller, uint64_t address, uint64_t size, int protection, int flags, int fd, uint64_t offset)
{
    if (!is_aligned(offset, kPageSize))
        return Errno::Einval;
    MapRequest request { .address = address, .size = size, .protection = protection, .flags = flags, .offset = offset };
    if (flags & kMapAnonymous)
        return map_memory(caller.process(), std::move(request), nullptr);
    auto file = TRY(caller.file(fd));
    return map_memory(caller.process(), std::move(request), file.get());
}

// munmap(2)
Result<> sys_munmap(Thread& caller, uint64_t address, uint64_t size)
{
    return unmap_memory(caller.process(), address, size);
}

// mprotect(2)
Result<> sys_mprotect(Thread& caller, uint64_t address, uint64_t size, int protection)
{
    return protect_memory(caller.process(), address, size, protection);
}

// mremap(2)
Result<uint64_t> sys_mremap(
    Thread& caller, uint64_t address, uint64_t old_size, uint64_t new_size, int flags, uint64_t new_address)
{
    return remap_memory(caller.process(),
        { .address = address, .old_size = old_size, .new_size = new_size, .flags = flags, .new_address = new_address });
}

// brk(2): the raw call returns the break, changed or not
Result<uint64_t> sys_brk(Thread& caller, uint64_t address)
{
    auto& process = caller.process();
    LockGuard guard(process.memory_lock);
    return process.memory->brk(address);
}

// madvise(2)
Result<> sys_madvise(Thread& caller, uint64_t address, uint64_t size, int advice)
{
    return advise_memory(caller.process(), address, size, advice);
}

// msync(2)
Result<> sys_msync(Thread& caller, uint64_t address, uint64_t size, int flags)
{
    return sync_memory(caller.process(), address, size, flags);
}

// mincore(2): everything that is mapped counts as resident
Result<> sys_mincore(Thread& caller, uint64_t address, uint64_t size, UserBytes vector)
{
    auto& process = caller.process();
    if (!is_user_range(vector.address, page_up(size) / kPageSize))
        return Errno::Efault;
    {
        LockGuard guard(process.memory_lock);
        TRY(process.memory->check_mincore(address, size));
    }
    auto pages = page_up(size) / kPageSize;
    uint8_t ones[64];
    __builtin_memset(ones, 1, sizeof(ones));
    for (uint64_t done = 0; done < pages; done += sizeof(ones)) {
        auto count = pages - done < sizeof(ones) ? pages - done : sizeof(ones);
        TRY(copy_to_user(vector.address + done, ones, count));
    }
    return {};
}

// mlock(2)
Result<> sys_mlock(Thread& caller, uint64_t address, uint64_t size)
{
    auto& process = caller.process();
    LockGuard guard(process.memory_lock);
    return process.memory->lock(address, size);
}

// mlock2(2)
Result<> sys_mlock2(Thread& caller, uint64_t address, uint64_t size, int flags)
{
    constexpr int kMlockOnFault = 1;
    if (flags & ~kMlockOnFault)
        return Errno::Einval;
    if (!(flags & kMlockOnFault))
        return sys_mlock(caller, address, size);
    auto& process = caller.process();
    LockGuard guard(process.memory_lock);
    return process.memory->lock_on_fault(address, size);
}

// munlock(2)
Result<> sys_munlock(Thread& caller, uint64_t address, uint64_t size)
{
    auto& process = caller.process();
    LockGuard guard(process.memory_lock);
    return process.memory->unlock(address, size);
}

// mlockall(2): enclave memory is never written to swap in clear, so there is nothing to do
Result<> sys_mlockall(Thread&, int flags)
{
    constexpr int kCurrent = 1, kFuture = 2, kOnFault = 4;
    if (!flags || (flags & ~(kCurrent | kFuture | kOnFault)) || flags == kOnFault)
        return Errno::Einval;
    return {};
}

// munlockall(2)
Result<> sys_munlockall(Thread&) { return {}; }

} // namespace farl
