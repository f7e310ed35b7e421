#include "enclave/process/shared_segment.h"

#include "base/format.h"
#include "enclave/fs/ephemeral/memory_file.h"
#include "enclave/process/mapping.h"
#include "enclave/time/runtime_clock.h"

namespace farl {

namespace {

time_t now_s() { return static_cast<time_t>((monotonic_ns() + realtime_offset_ns()) / 1'000'000'000); }

bool shows(Mapping const& mapping, ObjectKey key)
{
    return mapping.object && mapping.is_shared() && mapping.object->key() == key;
}

// Where shmat(2) puts it, and what it may do there.
Result<MapRequest> read_request(uint64_t address, int flags, uint64_t size)
{
    MapRequest request { .size = size, .protection = kProtRead, .flags = kMapShared };
    if (!(flags & SHM_RDONLY))
        request.protection |= kProtWrite;
    if (flags & SHM_EXEC)
        request.protection |= kProtExec;
    if (address % kPageSize && !(flags & SHM_RND))
        return Errno::Einval;
    request.address = address - address % kPageSize;
    if (!request.address && (address || (flags & SHM_REMAP)))
        return Errno::Einval;
    if (request.address)
        request.flags |= flags & SHM_REMAP ? kMapFixed : kMapFixedNoReplace;
    return request;
}

} // namespace

Result<Ref<SharedSegment>> SharedSegment::create(Identity const& identity, key_t key, uint64_t size)
{
    char path[32];
    Formatter name(path);
    name << "/SYSV";
    name.hex(static_cast<uint32_t>(key), 8);
    auto file = TRY(create_memory_file(name.view(), identity.effective_uid, identity.effective_gid, F_SEAL_SEAL));
    TRY(file->truncate(page_up(size)));
    auto* segment = new (std::nothrow) SharedSegment(std::move(file), size);
    if (!segment)
        return Errno::Enomem;
    segment->creator_ = process().pid();
    segment->changed_ = now_s();
    return adopt_ref(*segment);
}

Result<uint64_t> SharedSegment::attach(Process& process, Identity const& identity, uint64_t address, int flags)
{
    auto request = TRY(read_request(address, flags, size_));
    {
        LockGuard guard(lock);
        TRY(check_access(identity, flags & SHM_RDONLY ? 04 : 06));
    }
    auto file = TRY(file_->reopen(flags & SHM_RDONLY ? O_RDONLY : O_RDWR));
    auto mapped = map_memory(process, request, file.get());
    if (mapped.is_error())
        return mapped.error() == Errno::Eexist ? Errno::Einval : mapped.error();
    LockGuard guard(lock);
    attached_ = now_s();
    last_user_ = process.pid();
    return mapped;
}

// Parts of an attachment may have been unmapped; what is left is where it was put.
Result<> SharedSegment::detach(Process& process, uint64_t address)
{
    (void)sync_memory(process, address, page_up(size_), kMsyncSync);
    {
        LockGuard guard(process.memory_lock);
        auto const* mapping = process.memory->first_ending_after(address);
        while (mapping && mapping->start() < address + size_) {
            auto part = mapping->range;
            auto is_part = shows(*mapping, object_key()) && mapping->offset == part.start - address;
            mapping = AddressSpace::next(*mapping);
            if (is_part)
                TRY(process.memory->unmap(part.start, part.size()));
        }
    }
    LockGuard guard(lock);
    detached_ = now_s();
    last_user_ = process.pid();
    return {};
}

uint64_t SharedSegment::count_attachments(Process& process) const
{
    LockGuard guard(process.memory_lock);
    uint64_t count = 0;
    for (auto const* mapping = process.memory->first(); mapping; mapping = AddressSpace::next(*mapping))
        count += shows(*mapping, object_key()) && mapping->offset == 0;
    return count;
}

Result<shmid_ds> SharedSegment::describe(Process& process, Identity const& identity)
{
    auto attachments = count_attachments(process);
    LockGuard guard(lock);
    TRY(check_access(identity, 04));
    shmid_ds status {};
    status.shm_perm = permissions;
    status.shm_segsz = size_;
    status.shm_atime = attached_;
    status.shm_dtime = detached_;
    status.shm_ctime = changed_;
    status.shm_cpid = creator_;
    status.shm_lpid = last_user_;
    status.shm_nattch = attachments;
    return status;
}

Result<> SharedSegment::change(Identity const& identity, shmid_ds const& wanted)
{
    LockGuard guard(lock);
    TRY(check_owner(identity));
    take_permissions(wanted.shm_perm);
    changed_ = now_s();
    return {};
}

Result<> SharedSegment::remove(Identity const& identity)
{
    LockGuard guard(lock);
    TRY(check_owner(identity));
    is_removed = true;
    permissions.__key = IPC_PRIVATE;
    permissions.mode |= SHM_DEST;
    return {};
}

bool SharedSegment::is_gone(Process& process)
{
    {
        LockGuard guard(lock);
        if (!is_removed)
            return false;
    }
    return count_attachments(process) == 0;
}

ObjectKey attached_object(Process& process, uint64_t address)
{
    LockGuard guard(process.memory_lock);
    auto const* mapping = process.memory->first_ending_after(address);
    for (; mapping; mapping = AddressSpace::next(*mapping))
        if (mapping->object && mapping->is_shared() && mapping->offset == mapping->start() - address)
            return mapping->object->key();
    return {};
}

} // namespace farl
