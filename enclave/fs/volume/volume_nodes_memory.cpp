// VolumeNodes: which of its nodes are in memory.
#include "enclave/fs/volume/volume_nodes.h"

namespace farl {

using namespace formats;

// ---- those with several names

size_t VolumeNodes::place_of_shared(uint64_t inode) const
{
    size_t begin = 0, end = shared_.size();
    while (begin < end) {
        auto const middle = begin + (end - begin) / 2;
        if (shared_[middle].inode < inode)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

bool VolumeNodes::is_shared(uint64_t inode) const
{
    auto const place = place_of_shared(inode);
    return place < shared_.size() && shared_[place].inode == inode;
}

void VolumeNodes::forget_shared(uint64_t inode)
{
    Ref<TreeNode> forgotten; // goes when the lock is free
    LockGuard guard(shared_lock_);
    if (!is_shared(inode))
        return;
    auto const place = place_of_shared(inode);
    forgotten = std::move(shared_[place].node);
    shared_.remove(place);
}

// ---- what nobody uses leaves

void VolumeNodes::note_memory(VolumeNode& node, uint64_t size)
{
    auto const before = node.memory.exchange(size, std::memory_order_relaxed);
    memory_.fetch_add(size - before, std::memory_order_relaxed);
}

// A quarter of what the contents of blocks may take.
uint64_t VolumeNodes::most_memory() const
{
    constexpr uint64_t kLeast = 64 * 1024;
    auto const quarter = cached_at_most() * kVolumeSlotSize / 4;
    return quarter > kLeast ? quarter : kLeast;
}

// All at once, and not before as much has come again: so that no walk looks at the whole tree for each file.
void VolumeNodes::make_room(TreeNode& root)
{
    auto const most = most_memory();
    if (memory() < (make_room_at_ ? make_room_at_ : most))
        return;
    (void)forget_unused(root); // without memory for that, the next one may have some
    make_room_at_ = memory() + most;
}

// Those further down first: a directory has to stay as long as it is the parent of one in memory.
Result<> VolumeNodes::forget_unused(TreeNode& root)
{
    Vector<TreeNode*> directories;
    TRY(directories.push(&root));
    for (size_t i = 0; i < directories.size(); ++i) {
        LockGuard guard(directories[i]->lock);
        TRY(directories[i]->append_directories(directories));
    }
    for (size_t i = directories.size(); i-- > 0;) {
        LockGuard guard(directories[i]->lock);
        directories[i]->forget_unused();
    }
    forget_unused_shared();
    return {};
}

// Its names find it in shared_, whichever is looked at first.
bool VolumeNodes::remembers(TreeNode& node)
{
    LockGuard guard(shared_lock_);
    if (node.is_directory() || is_shared(node.inode()))
        return !node.is_directory();
    auto const place = place_of_shared(node.inode());
    return node.links > 1 && shared_.insert(place, { node.inode(), Ref<TreeNode>(node) }).is_ok();
}

void VolumeNodes::forget_unused_shared()
{
    LockGuard guard(shared_lock_);
    size_t kept = 0;
    for (auto& shared : shared_)
        if (shared.node->ref_count() > 1)
            std::swap(shared_[kept++], shared);
    shared_.truncate(kept);
}

// Until somebody looks at it again.
void VolumeNodes::forget(VolumeNode& node)
{
    LockGuard guard(store_lock_);
    store_->forget_inode(node.inode());
    if (node.attributes_inode)
        store_->forget_inode(node.attributes_inode);
}

} // namespace farl
