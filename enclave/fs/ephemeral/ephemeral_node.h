// EphemeralNode: a file, directory or symbolic link in enclave memory: what an inode is. It lives as long as a name or
// an open file refers to it, and is gone with the enclave. Its first state may be that of a node of an image.
#pragma once

#include "base/ref.h"
#include "base/string.h"
#include "enclave/fs/ephemeral/ephemeral_contents.h"
#include "enclave/memory/mapped_object.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_locks.h"
#include "enclave/vfs/file_status.h"
#include "enclave/vfs/listed_directory.h"

namespace farl {

class ImageNodes;

// st_dev of files in enclave memory: of those without a name in a tree, and of each tree.
inline constexpr uint64_t kUnnamedDevice = 7;
inline constexpr uint64_t kSharedMemoryDevice = 8;
inline constexpr uint64_t kInjectedDevice = 9;
inline constexpr uint64_t kImageDevice = 10;

class EphemeralNode : public RefCounted<EphemeralNode> {
public:
    // A name in a directory. Of an image's file that nobody has looked at there is only its number.
    struct Entry {
        String name;
        Ref<EphemeralNode> node;
        uint32_t image_node { 0 };
    };
    struct Attribute {
        String name;
        Vector<char> value;
    };

    static Result<Ref<EphemeralNode>> create(uint64_t device, uint32_t mode, uint32_t uid, uint32_t gid);
    // As the image has it.
    static Result<Ref<EphemeralNode>> create(ImageNodes& image, uint32_t image_node);

    ~EphemeralNode() { delete locks.load(); }

    bool is_directory() const { return S_ISDIR(type_); }
    bool is_link() const { return S_ISLNK(type_); }
    bool is_regular() const { return S_ISREG(type_); }
    uint64_t inode() const { return inode_; }
    uint32_t type() const { return type_; }
    uint64_t device() const { return device_; }
    // No device of a host has this number.
    ObjectKey key() const { return { UINT64_MAX, inode_ }; }
    // The number of what it was in the image, if it was.
    ImageNodes* image() const { return image_; }
    uint32_t image_node() const { return image_node_; }

    // Guards everything below. Of several, the parent's first.
    Mutex lock;
    EphemeralContents contents;
    uint32_t permissions { 0 };
    uint32_t uid { 0 }, gid { 0 };
    uint32_t links { 0 };
    uint32_t seals { 0 };         // F_SEAL_*
    bool may_be_linked { false }; // though it has no name: O_TMPFILE
    timespec accessed {}, modified {}, changed {};
    String target;                             // of a link
    Vector<Attribute> attributes;              // ascending by name
    std::atomic<FileLocks*> locks { nullptr }; // made when there is the first
    EphemeralNode* parent { nullptr }; // of a directory, while it has a name; changes under the tree's lock only

    struct stat status() const;
    void note_change(bool of_contents);
    void set_times(FileTimes const& times);
    // For whoever is going to read or write: the image's file below what was written.
    Result<> provide_contents();
    Result<FileLocks*> provide_locks();

    // Of a directory. Null: there is no such name.
    Result<Ref<EphemeralNode>> child(std::string_view name);
    bool is_empty() const;
    Result<> add(std::string_view name, Ref<EphemeralNode> node); // which is not there
    Result<> replace(std::string_view name, Ref<EphemeralNode> node);
    Result<> remove(std::string_view name);
    Result<> list(DirectoryEntries& entries) const;
    // Empty: it is not in here.
    std::string_view name_of(EphemeralNode const& child) const;

private:
    EphemeralNode(uint64_t device, uint32_t type, uint64_t inode) : device_(device), type_(type), inode_(inode) { }

    size_t place_of(std::string_view name) const; // where it is, or belongs
    bool has(size_t place, std::string_view name) const;
    Result<> know_all();
    Result<> list_image(DirectoryEntries& entries) const;

    uint64_t device_;
    uint32_t type_;
    uint64_t inode_;
    ImageNodes* image_ { nullptr };
    uint32_t image_node_ { 0 };
    // Ascending by name. All there are, or, of an image's directory that was not changed, only those looked at.
    Vector<Entry> children_;
    bool knows_all_ { true };
};

} // namespace farl
