#include "owner/image/seal_tree_writer.h"

namespace farl::owner {

SealTreeWriter::SealTreeWriter(BlockSealer& sealer, uint64_t file_size, OutputFile& trees, uint64_t offset)
    : sealer_(sealer),
      tree_(file_size),
      trees_(trees),
      offset_(offset)
{
}

void SealTreeWriter::add(uint32_t level, formats::Seal const& seal)
{
    if (level == tree_.top()) {
        root_ = seal;
        return;
    }
    auto& state = levels_[level];
    state.node.push_back(seal);
    ++state.seal_count;
    if (state.node.size() == formats::kSealFanOut || state.seal_count == tree_.count(level))
        finish_node(level);
}

void SealTreeWriter::finish_node(uint32_t level)
{
    auto& state = levels_[level];
    std::array<std::byte, formats::kSealedBlockSize> block {};
    std::memcpy(block.data(), state.node.data(), state.node.size() * formats::kSealSize);
    state.node.clear();
    auto const index = (state.seal_count - 1) / formats::kSealFanOut;
    auto const seal = sealer_.seal(level + 1, index, block);
    if (!formats::is_hole(seal))
        trees_.write_at(offset_ + tree_.offset(level + 1, index), block);
    add(level + 1, seal);
}

} // namespace farl::owner
