// IpcTable: System V objects of one kind by key and by number, as msgget(2), semget(2) and shmget(2) give them out.
// They live inside: there is one process, so its threads are all who share them.
#pragma once

#include "base/ref.h"
#include "base/spinlock.h"
#include "base/vector.h"
#include "enclave/process/process.h"

#include <sys/ipc.h>

namespace farl {

// What ipc_perm(5) tells. `lock` guards all of an object, here and in what derives from it.
class IpcObject : public RefCounted<IpcObject> {
public:
    virtual ~IpcObject() = default;

    // EACCES unless `wanted` (of 04 and 02) is granted.
    Result<> check_access(Identity const& identity, uint32_t wanted)
    {
        bool is_owner = identity.effective_uid == permissions.uid || identity.effective_uid == permissions.cuid;
        bool is_group = identity.effective_gid == permissions.gid || identity.effective_gid == permissions.cgid;
        auto granted = permissions.mode >> (is_owner ? 6 : is_group ? 3 : 0);
        return !(wanted & ~granted) || identity.capabilities.has(kMayIgnoreOwner) ? Result<> {} : Errno::Eacces;
    }
    // IPC_SET, IPC_RMID
    Result<> check_owner(Identity const& identity)
    {
        bool is_owner = identity.effective_uid == permissions.uid || identity.effective_uid == permissions.cuid;
        return is_owner || identity.capabilities.has(kMayAdministrate) ? Result<> {} : Errno::Eperm;
    }
    void take_permissions(ipc_perm const& given)
    {
        permissions.uid = given.uid;
        permissions.gid = given.gid;
        permissions.mode = (permissions.mode & ~0777) | (given.mode & 0777);
    }

    Spinlock lock;
    ipc_perm permissions {};
    bool is_removed { false };

private:
    static constexpr int kMayIgnoreOwner = 15, kMayAdministrate = 21; // CAP_IPC_OWNER, CAP_SYS_ADMIN
};

template <typename Object>
class IpcTable {
public:
    static constexpr size_t kMost = 32000;

    // `make` gives a new object; `check` says whether an old one fits what is asked.
    template <typename Make, typename Check>
    Result<int> get(Identity const& identity, key_t key, int flags, Make&& make, Check&& check)
    {
        LockGuard guard(lock_);
        if (auto* found = key == IPC_PRIVATE ? nullptr : find_key(key)) {
            if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
                return Errno::Eexist;
            TRY(check(*found));
            auto wanted = static_cast<uint32_t>(flags >> 6 | flags >> 3 | flags) & 06;
            TRY(found->check_access(identity, wanted));
            return number_of(*found);
        }
        if (key != IPC_PRIVATE && !(flags & IPC_CREAT))
            return Errno::Enoent;
        return insert(identity, key, flags, TRY(make()));
    }

    Result<Ref<Object>> find(int number)
    {
        LockGuard guard(lock_);
        auto index = static_cast<size_t>(number % kStride);
        if (number < 0 || index >= slots_.size() || !slots_[index].object)
            return Errno::Einval;
        if (number_of(*slots_[index].object) != number)
            return Errno::Eidrm;
        return slots_[index].object;
    }

    template <typename Wanted>
    Ref<Object> find_if(Wanted&& wanted)
    {
        LockGuard guard(lock_);
        for (auto& slot : slots_)
            if (slot.object && wanted(*slot.object))
                return slot.object;
        return {};
    }

    // Those who wait for it have been told already.
    void forget(int number)
    {
        LockGuard guard(lock_);
        slots_[static_cast<size_t>(number % kStride)].object = nullptr;
    }

private:
    static constexpr int kStride = 32768; // number = generation * kStride + index
    struct Slot {
        Ref<Object> object;
        uint16_t generation { 0 };
    };

    static int number_of(Object const& object) { return object.number; }
    Object* find_key(key_t key)
    {
        for (auto& slot : slots_)
            if (slot.object && slot.object->permissions.__key == key)
                return slot.object.get();
        return nullptr;
    }

    Result<int> insert(Identity const& identity, key_t key, int flags, Ref<Object> object)
    {
        size_t index = 0;
        while (index < slots_.size() && slots_[index].object)
            ++index;
        if (index == kMost)
            return Errno::Enospc;
        if (index == slots_.size())
            TRY(slots_.resize(index + 1));
        auto& slot = slots_[index];
        auto& permissions = object->permissions;
        permissions.__key = key;
        permissions.uid = permissions.cuid = identity.effective_uid;
        permissions.gid = permissions.cgid = identity.effective_gid;
        permissions.mode = static_cast<uint16_t>(flags & 0777);
        permissions.__seq = slot.generation;
        object->number = slot.generation * kStride + static_cast<int>(index);
        slot.generation = (slot.generation + 1) & 0x7fff;
        slot.object = std::move(object);
        return slot.object->number;
    }

    Spinlock lock_;
    Vector<Slot> slots_;
};

} // namespace farl
