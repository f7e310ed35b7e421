// StoreWriter: writes the store of a volume at one go, packed, from the first slot on: what `farl volume` makes new.
// Enclaves change stores (enclave/fs/volume); this one only makes them (docs/formats/volume.md).
#pragma once

#include "owner/volume/tree_builder.h"

namespace farl::owner {

class StoreWriter {
public:
    // Of the volume whose last checkpoint this was, or of a new one: number, sequence, chain and seals go on from
    // there. All of it outlives the writer.
    StoreWriter(StoreFile& file, VolumeSeals const& seals, formats::Checkpoint const& last);

    // Inodes follow each other from kRootInode on. First the blocks of one, ascending; then the inode itself.
    void add_block(uint64_t index, SlotData const& contents);
    void add_inode(formats::VolumeInode inode);
    // Durable when it returns.
    void finish(uint64_t free_inode);

private:
    void flush_table();
    void write_slot_table();

    SlotWriter slots_;
    formats::Checkpoint checkpoint_;
    uint64_t inode_count_ { 0 };
    TreeBuilder contents_; // of the inode that is written
    TreeBuilder table_;
    SlotData table_block_ {};
};

} // namespace farl::owner
