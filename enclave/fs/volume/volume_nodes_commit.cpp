// VolumeNodes: what was changed becomes a commit, and commits a checkpoint.
#include "enclave/fs/volume/volume_nodes.h"

#include "enclave/fs/volume/volume_records.h"
#include "enclave/hostcall/log.h"

namespace farl {

using namespace formats;

void VolumeNodes::node_changed(TreeNode& changed)
{
    auto& node = own(changed);
    LockGuard guard(changed_lock_);
    if (node.is_changed)
        return;
    node.ref();
    node.is_changed = true;
    node.next_changed = changed_;
    changed_ = &node;
}

VolumeNode* VolumeNodes::take_changed()
{
    LockGuard guard(changed_lock_);
    auto* node = changed_;
    if (node)
        changed_ = node->next_changed;
    return node;
}

Result<> VolumeNodes::record(VolumeNode& node)
{
    LockGuard node_guard(node.lock);
    {
        LockGuard guard(changed_lock_);
        node.is_changed = false;
    }
    LockGuard guard(store_lock_);
    if (node.is_link() && !node.has_stored_target) {
        TRY(write_text(*store_, node.inode(), node.target.view()));
        node.has_stored_target = true;
    }
    TRY(write_attributes(*store_, node.attributes_inode, node.attributes));
    auto inode = node.record();
    auto const current = TRY(store_->inode(node.inode()));
    inode.size = current.size;
    inode.root = current.root;
    return store_->set_inode(node.inode(), inode);
}

// With the tree's lock held, so that a change of names is in one commit with the number of links.
Result<> VolumeNodes::record_changed()
{
    while (auto* node = take_changed()) {
        auto recorded = record(*node);
        if (recorded.is_error())
            node_changed(*node); // it stays in memory, and is for the next commit
        node->unref();           // which may remove it
        TRY(recorded);
    }
    return {};
}

Result<> VolumeNodes::commit()
{
    bool is_needed;
    {
        LockGuard guard(tree_lock);
        TRY(record_changed());
        is_needed = TRY(with_store([](VolumeStore& store) { return store.begin_commit(); }));
    }
    if (is_needed) {
        auto const synchronised = store_->sync_device(); // without its lock: it may be used meanwhile
        (void)TRY(with_store([&](VolumeStore& store) { return store.end_commit(synchronised); }));
        is_kept_ = false;
    }
    if (is_kept_)
        return {};
    TRY(keeper_.committed(with_store([](VolumeStore& store) { return store.state(); })));
    is_kept_ = true;
    return {};
}

// What no commit has told the keeper of yet must not be in a checkpoint.
Result<> VolumeNodes::checkpoint()
{
    LockGuard guard(tree_lock);
    TRY(record_changed());
    LockGuard store_guard(store_lock_);
    TRY(keeper_.settle(TRY(store_->commit())));
    return store_->checkpoint();
}

Result<> VolumeNodes::sync()
{
    LockGuard guard(commit_lock_);
    if (auto committed = commit(); committed.is_error())
        return report(committed.error(), kRootInode);
    warn_of_seals();
    auto const journal_size = with_store([](VolumeStore& store) { return store.journal_size(); });
    bool wants_checkpoint = with_store([](VolumeStore& store) { return store.wants_checkpoint(); });
    if (!wants_checkpoint || journal_size < no_checkpoint_below_)
        return {};
    // What was asked for is done. If the keeper does not answer, the journal goes on for as long again.
    no_checkpoint_below_ = checkpoint().is_ok() ? 0 : 2 * journal_size;
    return {};
}

void VolumeNodes::warn_of_seals()
{
    auto const used = seal_warning_.due(with_store([](VolumeStore& store) { return store.seals(); }));
    if (used)
        Log(LogLevel::Warning) << "the volume at " << path_ << " has written " << used
                               << " % of the blocks that it may under one key, and takes no more after the last: stop "
                                  "the program in time, and give the volume another key with `farl volume rekey`";
}

void VolumeNodes::note_flushed(VolumeStore const& store)
{
    if (store.is_overdue())
        is_overdue_.store(true, std::memory_order_relaxed);
}

// Of what programs never synchronise, the old slots have to come back all the same. If it fails, so will fsync(2).
void VolumeNodes::after_write()
{
    if (is_overdue_.load(std::memory_order_relaxed) && is_overdue_.exchange(false))
        (void)sync();
}

Result<> VolumeNodes::close()
{
    LockGuard guard(commit_lock_);
    return checkpoint();
}

} // namespace farl
