// What a volume keeps of a node in blocks besides contents and names: the target of a link, extended attributes
// (docs/formats/volume.md).
#pragma once

#include "enclave/fs/tree/tree_node.h"
#include "enclave/fs/volume/volume_store.h"

namespace farl {

// The whole contents of an inode.
Result<String> read_text(VolumeStore& store, uint64_t number);
Result<> write_text(VolumeStore& store, uint64_t number, std::string_view text);

// `inode` is that of the attributes; 0: there are none. EBADMSG if it cannot be what was written there.
Result<> read_attributes(VolumeStore& store, uint64_t inode, Vector<TreeNode::Attribute>& attributes);
Result<> write_attributes(VolumeStore& store, uint64_t& inode, Vector<TreeNode::Attribute> const& attributes);

} // namespace farl
