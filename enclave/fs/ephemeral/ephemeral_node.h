// EphemeralNode: a file, directory or symbolic link in enclave memory: what an inode is. It lives as long as a name or
// an open file refers to it, and is gone with the enclave.
#pragma once

#include "base/ref.h"
#include "base/string.h"
#include "enclave/fs/ephemeral/ephemeral_contents.h"
#include "enclave/memory/mapped_object.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_status.h"

namespace farl {

class EphemeralNode : public RefCounted<EphemeralNode> {
public:
    struct Entry {
        String name;
        Ref<EphemeralNode> node;
    };

    static Result<Ref<EphemeralNode>> create(uint32_t mode, uint32_t uid, uint32_t gid);

    bool is_directory() const { return S_ISDIR(type_); }
    bool is_link() const { return S_ISLNK(type_); }
    bool is_regular() const { return S_ISREG(type_); }
    uint64_t inode() const { return inode_; }
    uint32_t type() const { return type_; }
    // No device of a host has this number.
    ObjectKey key() const { return { UINT64_MAX, inode_ }; }

    // Guards everything below. Of several, the parent's first.
    Mutex lock;
    EphemeralContents contents;
    uint32_t permissions { 0 };
    uint32_t uid { 0 }, gid { 0 };
    uint32_t links { 0 };
    uint32_t seals { 0 }; // F_SEAL_*
    timespec accessed {}, modified {}, changed {};
    String target;          // of a link
    Vector<Entry> children; // of a directory

    struct stat status() const;
    void note_change(bool of_contents);
    void set_times(FileTimes const& times);

    size_t index_of(std::string_view name) const; // children.size() if there is none
    Ref<EphemeralNode> child(std::string_view name) const;

private:
    explicit EphemeralNode(uint32_t type, uint64_t inode) : type_(type), inode_(inode) { }

    uint32_t type_;
    uint64_t inode_;
};

} // namespace farl
