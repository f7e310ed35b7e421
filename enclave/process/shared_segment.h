// SharedSegment: what shmget(2) makes: a file without a name in enclave memory, which shmat(2) maps. Its attachments
// are the process's mappings of that file; process/shared_views keeps them one memory.
#pragma once

#include "enclave/process/ipc_table.h"

#include <sys/shm.h>

namespace farl {

class SharedSegment final : public IpcObject {
public:
    static constexpr uint64_t kLargest = 1ull << 40;

    static Result<Ref<SharedSegment>> create(Identity const& identity, key_t key, uint64_t size);

    uint64_t size() const { return size_; }
    ObjectKey object_key() const { return file_->object_key(); }

    // shmat(2). Takes memory_lock, as do the others that are told the process.
    Result<uint64_t> attach(Process& process, Identity const& identity, uint64_t address, int flags);
    // EINVAL unless an attachment begins at this address.
    Result<> detach(Process& process, uint64_t address);
    Result<shmid_ds> describe(Process& process, Identity const& identity);
    Result<> change(Identity const& identity, shmid_ds const& wanted);
    // It has no key any more; who has it attached, or knows its number, goes on with it.
    Result<> remove(Identity const& identity);
    // Removed, and nobody has it attached.
    bool is_gone(Process& process);

    int number { 0 };

private:
    SharedSegment(Ref<File> file, uint64_t size) : file_(std::move(file)), size_(size) { }
    uint64_t count_attachments(Process& process) const;

    Ref<File> file_;
    uint64_t size_;
    int creator_ { 0 }, last_user_ { 0 }; // under lock, like the rest
    time_t attached_ { 0 }, detached_ { 0 }, changed_ { 0 };
};

// Which object a shared mapping that starts at this address begins to show; inode 0 is none. Takes memory_lock.
ObjectKey attached_object(Process& process, uint64_t address);

} // namespace farl
