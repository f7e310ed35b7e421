// NodeOrigin: what a tree of files stands on. It makes new nodes, has those that were there before, if any, and hears
// of changes, if it keeps them: enclave memory, a protected image, a volume.
#pragma once

#include "enclave/fs/tree/tree_node.h"

#include <sys/statfs.h>

namespace farl {

class NodeOrigin {
public:
    virtual ~NodeOrigin() = default;

    Mutex tree_lock; // the tree's shape: before those of its nodes

    virtual uint64_t device() const = 0; // st_dev
    virtual struct statfs status() = 0;
    virtual Result<Ref<TreeNode>> root() = 0;
    // Which has no name yet.
    virtual Result<Ref<TreeNode>> create(uint32_t mode, uint32_t uid, uint32_t gid) = 0;

    // One that was there before, by its inode number: the same node for each name of it.
    virtual Result<Ref<TreeNode>> node(uint64_t) { return Errno::Enoent; }
    // Of a directory that was there before: 0 if it has no such name; and all of its names, ascending.
    virtual Result<uint64_t> find(TreeNode& directory, std::string_view name);
    virtual Result<> read_entries(TreeNode const&, Vector<TreeNode::Entry>&) { return {}; }
    // For whoever is going to read or write.
    virtual Result<> provide_contents(TreeNode&) { return {}; }
    // Of a program's file; docs/formats/patch-table.md.
    virtual std::span<std::byte const> patch_table(TreeNode const&) const { return {}; }

    // Before a path is walked, with the tree's lock held and no other: nodes that nobody uses may be forgotten.
    virtual void make_room(TreeNode& /* root */) { }
    // Whether node() gives this very one again, though no directory has it any more.
    virtual bool remembers(TreeNode&) { return false; }

    // The directory is going to have, to lose, or to have another node behind this entry. An error prevents it.
    virtual Result<> add_entry(TreeNode&, TreeNode::Entry&) { return {}; }
    virtual Result<> remove_entry(TreeNode&, TreeNode::Entry const&) { return {}; }
    virtual Result<> replace_entry(TreeNode&, TreeNode::Entry const&, TreeNode&) { return {}; }
    // What status() tells, extended attributes; with the node's lock held.
    virtual void node_changed(TreeNode&) { }
    // It has lost its last name, or got its first one again. It may live on, open.
    virtual void names_changed(TreeNode&) { }
    // A program has written to a file. No lock is held.
    virtual void after_write() { }
    // fsync(2) and the like: what was done so far is there to stay. No lock is held.
    virtual Result<> sync() { return {}; }
};

} // namespace farl
