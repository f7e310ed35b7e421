// TreeNode: a file, directory or symbolic link of a tree in enclave memory: what an inode is. It lives as long as a
// name or an open file refers to it. Its origin knows what it was before.
#pragma once

#include "base/owned.h"
#include "base/ref.h"
#include "base/string.h"
#include "base/vector.h"
#include "enclave/fs/tree/node_contents.h"
#include "enclave/memory/mapped_object.h"
#include "enclave/sched/wait_queue.h"
#include "enclave/vfs/file_locks.h"
#include "enclave/vfs/file_status.h"
#include "enclave/vfs/listed_directory.h"
#include "enclave/vfs/pipe_queue.h"

namespace farl {

class NodeOrigin;

// st_dev of files in enclave memory: of those without a name in a tree, and of each tree.
inline constexpr uint64_t kUnnamedDevice = 7;
inline constexpr uint64_t kSharedMemoryDevice = 8;
inline constexpr uint64_t kInjectedDevice = 9;
inline constexpr uint64_t kImageDevice = 10;
inline constexpr uint64_t kFirstVolumeDevice = 16;

class TreeNode : public RefCounted<TreeNode> {
public:
    // A name in a directory. Behind one that nobody has looked at there is no node yet.
    struct Entry {
        String name;
        Ref<TreeNode> node;
        uint64_t inode { 0 };
        uint32_t type { 0 };  // S_IFMT
        uint32_t place { 0 }; // where the origin keeps it
    };
    struct Attribute {
        String name;
        Vector<char> value;
    };
    struct Identity {
        uint64_t device { 0 };
        uint64_t inode { 0 };
        uint32_t type { 0 }; // S_IFMT
    };

    // Without an origin: a file that never gets a name. `is_new`: it has no entries but those that are added.
    TreeNode(NodeOrigin* origin, Identity const& identity, bool is_new)
        : origin_(origin),
          identity_(identity),
          knows_all_(is_new || !S_ISDIR(identity.type))
    {
    }
    virtual ~TreeNode() { delete locks.load(); }

    bool is_directory() const { return S_ISDIR(type()); }
    bool is_link() const { return S_ISLNK(type()); }
    bool is_regular() const { return S_ISREG(type()); }
    uint64_t inode() const { return identity_.inode; }
    uint32_t type() const { return identity_.type; }
    uint64_t device() const { return identity_.device; }
    // No device of a host has this number.
    ObjectKey key() const { return { UINT64_MAX - device(), inode() }; }
    NodeOrigin* origin() const { return origin_; }

    // Guards everything below. Of several, the parent's first.
    Mutex lock;
    Owned<NodeContents> contents; // of a regular file
    Ref<PipeQueue> fifo;          // of a FIFO that was opened
    uint32_t permissions { 0 };
    uint32_t uid { 0 }, gid { 0 };
    uint32_t links { 0 };
    uint32_t seals { 0 };         // F_SEAL_*
    bool may_be_linked { false }; // though it has no name: O_TMPFILE
    timespec accessed {}, modified {}, changed {};
    String target;                             // of a link
    Vector<Attribute> attributes;              // ascending by name
    std::atomic<FileLocks*> locks { nullptr }; // made when there is the first
    TreeNode* parent { nullptr }; // of a directory, while it has a name; changes under the tree's lock only

    struct stat status() const;
    void note_change(bool of_contents);
    void set_times(FileTimes const& times);
    // As what was made just now.
    void begin(uint32_t mode, uint32_t owner, uint32_t group);
    // For whoever is going to read or write.
    Result<> provide_contents();
    Result<FileLocks*> provide_locks();
    // What was done so far is there to stay, if anything of the tree is.
    Result<> sync();

    // Of a directory. Null: there is no such name.
    Result<Ref<TreeNode>> child(std::string_view name);
    Result<bool> is_empty();
    Result<> add(std::string_view name, Ref<TreeNode> node); // which is not there
    Result<> replace(std::string_view name, Ref<TreeNode> node);
    Result<> remove(std::string_view name);
    Result<> list(DirectoryEntries& entries);
    // Empty: it is not in here.
    std::string_view name_of(TreeNode const& child) const;
    // Before its entries change: all that the origin has.
    Result<> know_all();
    // 0: it is not among those that are known.
    uint64_t known_inode(std::string_view name) const;
    // Those behind its names that are in memory. ENOMEM.
    Result<> append_directories(Vector<TreeNode*>& all) const;
    // With the tree's lock held: nodes behind its names go that nobody uses, and that the origin can give again.
    void forget_unused();

private:
    size_t place_of(std::string_view name) const; // where it is, or belongs
    bool has(size_t place, std::string_view name) const;
    bool can_be_forgotten() const;

    NodeOrigin* origin_;
    Identity identity_;
    // Ascending by name. All there are, or, of a directory of an origin's that was not changed, only those looked at.
    Vector<Entry> children_;
    bool knows_all_;
};

} // namespace farl
