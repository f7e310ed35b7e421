// VolumeNode: a file, directory or link of a volume, as its tree has it in memory.
#pragma once

#include "enclave/fs/tree/node_origin.h"
#include "enclave/fs/volume/volume_directory.h"

namespace farl {

class VolumeNodes;

class VolumeNode final : public TreeNode {
public:
    VolumeNode(VolumeNodes& nodes, Identity const& identity, bool is_new);
    // If it has no name any more, it is removed from the volume.
    ~VolumeNode() override;

    void take(formats::VolumeInode const& inode);
    // Without size and root, which the store knows. With the lock held.
    formats::VolumeInode record() const;

    // The rest is VolumeNodes'.
    VolumeDirectory names; // of a directory; under the store's lock
    uint64_t attributes_inode { 0 };
    bool has_stored_target { false };
    bool is_orphan { false };
    uint32_t orphan_block { 0 };
    bool is_changed { false }; // in the list of those that are
    VolumeNode* next_changed { nullptr };
    std::atomic<uint64_t> memory { 0 }; // about so many bytes of the enclave's

private:
    VolumeNodes& nodes_;
};

} // namespace farl
