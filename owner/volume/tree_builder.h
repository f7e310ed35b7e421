// TreeBuilder: the tree of seals of one file of a new store, built while its blocks are written, in their order.
#pragma once

#include "owner/volume/volume_seals.h"

#include <vector>

namespace farl::owner {

// One slot after the other.
class SlotWriter {
public:
    // It has made so many seals with its key already.
    SlotWriter(
        StoreFile& file, VolumeSeals const& seals, uint64_t seal_count, uint32_t first_slot = formats::kSuperblockCount)
        : file_(file),
          seals_(seals),
          seal_count_(seal_count),
          next_slot_(first_slot)
    {
    }
    // Throws UserError if the key must make no more seals.
    formats::BlockSeal write(BlockPlace const& place, SlotData const& contents);
    void write_superblock(formats::Checkpoint checkpoint);
    uint32_t next_slot() const { return next_slot_; }
    StoreFile& file() { return file_; }

private:
    void count_seal();

    StoreFile& file_;
    VolumeSeals const& seals_;
    uint64_t seal_count_;
    uint32_t next_slot_;
};

class TreeBuilder {
public:
    TreeBuilder(SlotWriter& slots, uint64_t file) : slots_(&slots), file_(file) { }

    void add(uint64_t index, SlotData const& contents); // ascending
    formats::BlockRoot finish();

private:
    struct Node {
        uint64_t index { 0 };
        bool is_used { false };
        std::array<formats::BlockSeal, formats::kVolumeFanOut> seals {};
    };
    void put(uint32_t level, uint64_t child, formats::BlockSeal const& seal);
    void flush(uint32_t level);

    SlotWriter* slots_;
    uint64_t file_;
    uint32_t block_count_ { 0 };
    uint64_t last_index_ { 0 };
    formats::BlockSeal first_ {};                           // of block 0: the root of a file that has no other
    std::array<Node, formats::kMostVolumeLevels> nodes_ {}; // the open one of each level from 1 on
};

} // namespace farl::owner
