// VolumeNodes: the files of a volume as nodes of a tree. Names and contents go to the store as they change; what else
// an inode has, when a commit is made. A commit is of everything that was done before it.
#pragma once

#include "enclave/fs/volume/seal_warning.h"
#include "enclave/fs/volume/volume_keeper.h"
#include "enclave/fs/volume/volume_node.h"

namespace farl {

class VolumeNodes final : public NodeOrigin {
public:
    // Mounted at this path. Files that were open when the volume was used last, and had no name any more, are removed.
    // Path and keeper outlive it.
    static Result<Owned<VolumeNodes>> create(
        std::string_view path, uint64_t device, Owned<VolumeStore> store, VolumeKeeper& keeper);

    uint64_t device() const override { return device_; }
    struct statfs status() override;
    Result<Ref<TreeNode>> root() override { return node(formats::kRootInode); }
    Result<Ref<TreeNode>> create(uint32_t mode, uint32_t uid, uint32_t gid) override;
    Result<Ref<TreeNode>> node(uint64_t inode) override;
    void make_room(TreeNode& root) override;
    bool remembers(TreeNode& node) override;
    Result<> read_entries(TreeNode const& directory, Vector<TreeNode::Entry>& all) override;
    Result<> add_entry(TreeNode& directory, TreeNode::Entry& entry) override;
    Result<> remove_entry(TreeNode& directory, TreeNode::Entry const& entry) override;
    Result<> replace_entry(TreeNode& directory, TreeNode::Entry const& entry, TreeNode& node) override;
    void node_changed(TreeNode& node) override;
    void names_changed(TreeNode& node) override;
    void after_write() override;
    Result<> sync() override;

    // At the end: what is there, the keeper knows.
    Result<> close();
    // From the volume, or from memory; for ~VolumeNode().
    void remove(VolumeNode& node);
    void forget(VolumeNode& node);
    // It takes so many bytes of memory now.
    void note_memory(VolumeNode& node, uint64_t size);
    uint64_t memory() const { return memory_.load(std::memory_order_relaxed); }

    // Contents have left memory.
    void note_flushed(VolumeStore const& store);
    uint64_t cached_at_most() const { return store_->cached_at_most(); }
    Ref<CachedBlock> read_cached(uint64_t inode, uint64_t index) { return store_->read_cached(inode, index); }

    // Calls use(store) with the store's lock held, which is the innermost.
    template <typename Use>
    auto with_store(Use&& use)
    {
        LockGuard guard(store_lock_);
        return use(*store_);
    }

private:
    struct Shared {
        uint64_t inode;
        Ref<TreeNode> node;
    };

    VolumeNodes(std::string_view path, uint64_t device, Owned<VolumeStore> store, VolumeKeeper& keeper)
        : path_(path),
          device_(device),
          keeper_(keeper),
          store_(std::move(store)),
          orphans_(formats::kOrphansInode)
    {
    }
    static VolumeNode& own(TreeNode& node) { return static_cast<VolumeNode&>(node); }

    Result<> remove_orphans();
    Result<Ref<VolumeNode>> make(uint64_t inode, uint32_t type, uint64_t size, bool is_new);
    Result<Ref<VolumeNode>> load(uint64_t inode, formats::VolumeInode const& record);
    Result<Ref<TreeNode>> find(uint64_t inode);
    Errno report(Errno error, uint64_t inode) const;
    size_t place_of_shared(uint64_t inode) const;
    void forget_shared(uint64_t inode);
    bool is_shared(uint64_t inode) const;
    uint64_t most_memory() const;
    Result<> forget_unused(TreeNode& root);
    void forget_unused_shared();

    VolumeNode* take_changed();
    Result<> record(VolumeNode& node);
    Result<> record_changed();
    Result<> commit();
    Result<> checkpoint();
    void warn_of_seals();

    std::string_view path_;
    uint64_t device_;
    VolumeKeeper& keeper_;
    Mutex commit_lock_;                  // before the tree's
    uint64_t no_checkpoint_below_ { 0 }; // size of the journal
    bool is_kept_ { true };              // the keeper has heard of the last commit
    SealWarning seal_warning_;
    std::atomic<bool> is_overdue_ { false }; // a commit that nobody has asked for
    Mutex store_lock_;
    Owned<VolumeStore> store_;
    VolumeDirectory orphans_;
    Spinlock changed_lock_;
    VolumeNode* changed_ { nullptr }; // each with a reference
    Mutex shared_lock_;
    Vector<Shared> shared_;              // with several names; ascending
    std::atomic<uint64_t> memory_ { 0 }; // of nodes, and of names in directories
    uint64_t make_room_at_ { 0 };        // so much of it; under the tree's lock
};

} // namespace farl
