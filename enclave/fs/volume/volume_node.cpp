#include "enclave/fs/volume/volume_node.h"

#include "enclave/fs/volume/volume_nodes.h"

namespace farl {

using namespace formats;

namespace {

timespec time_of(VolumeTime const& time) { return { time.seconds, static_cast<long>(time.nanoseconds) }; }

VolumeTime stored(timespec const& time) { return { time.tv_sec, static_cast<uint32_t>(time.tv_nsec), 0 }; }

} // namespace

VolumeNode::VolumeNode(VolumeNodes& nodes, Identity const& identity, bool is_new)
    : TreeNode(&nodes, identity, is_new),
      names(identity.inode),
      nodes_(nodes)
{
    constexpr uint64_t kWithStores = 512; // contents, and what the store has of an inode
    nodes_.note_memory(*this, sizeof(VolumeNode) + kWithStores);
}

VolumeNode::~VolumeNode()
{
    if (links == 0)
        nodes_.remove(*this);
    else
        nodes_.forget(*this);
    nodes_.note_memory(*this, 0);
}

void VolumeNode::take(VolumeInode const& inode)
{
    permissions = inode.mode & 07777;
    uid = inode.uid;
    gid = inode.gid;
    links = inode.links;
    accessed = time_of(inode.accessed);
    modified = time_of(inode.modified);
    changed = time_of(inode.changed);
    attributes_inode = inode.attributes;
    has_stored_target = true;
}

VolumeInode VolumeNode::record() const
{
    VolumeInode inode {};
    inode.mode = type() | permissions;
    inode.uid = uid;
    inode.gid = gid;
    inode.links = links;
    inode.accessed = stored(accessed);
    inode.modified = stored(modified);
    inode.changed = stored(changed);
    inode.attributes = attributes_inode;
    return inode;
}

} // namespace farl
