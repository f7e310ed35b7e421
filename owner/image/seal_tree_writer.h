// SealTreeWriter: the tree over the seals of one file's blocks, which come in order. It keeps one node of each level in
// memory, and writes whole ones to the file of trees.
#pragma once

#include "owner/image/block_sealer.h"
#include "owner/image/output_file.h"

#include <array>
#include <vector>

namespace farl::owner {

class SealTreeWriter {
public:
    // The file's nodes go to [offset, offset + tree_size()) of `trees`.
    SealTreeWriter(BlockSealer& sealer, uint64_t file_size, OutputFile& trees, uint64_t offset);

    void add(formats::Seal const& seal) { add(0, seal); }
    // Once all blocks' seals are there.
    formats::Seal root() const { return root_; }

private:
    void add(uint32_t level, formats::Seal const& seal);
    void finish_node(uint32_t level);

    struct Level {
        uint64_t seal_count { 0 }; // of all, of the blocks at this level
        std::vector<formats::Seal> node;
    };
    BlockSealer& sealer_;
    formats::SealTree tree_;
    OutputFile& trees_;
    uint64_t offset_;
    std::array<Level, formats::kMostSealLevels + 1> levels_;
    formats::Seal root_ {};
};

} // namespace farl::owner
