#include "owner/volume/tree_builder.h"

#include "owner/launch/user_error.h"

#include <cstring>

namespace farl::owner {

using namespace formats;

namespace {

constexpr unsigned kBits = 7;

} // namespace

void SlotWriter::count_seal()
{
    if (++seal_count_ > formats::kMostVolumeSeals)
        throw UserError(
            kRefused, "the volume's key has sealed as much as it may: give it another one (farl volume rekey)");
}

BlockSeal SlotWriter::write(BlockPlace const& place, SlotData const& contents)
{
    count_seal();
    auto [stored, seal] = seals_.seal(place, contents);
    seal.slot = next_slot_++;
    file_.write(seal.slot, stored);
    return seal;
}

void SlotWriter::write_superblock(Checkpoint checkpoint)
{
    count_seal();
    checkpoint.seals = seal_count_;
    file_.write(static_cast<uint32_t>(checkpoint.number % kSuperblockCount), seals_.seal(checkpoint));
}

void TreeBuilder::add(uint64_t index, SlotData const& contents)
{
    auto const seal = slots_->write({ file_, 0, index }, contents);
    ++block_count_;
    last_index_ = index;
    if (index == 0)
        first_ = seal;
    put(1, index, seal);
}

void TreeBuilder::put(uint32_t level, uint64_t child, BlockSeal const& seal)
{
    auto& node = nodes_[level - 1];
    if (node.is_used && node.index != child >> kBits)
        flush(level);
    node.index = child >> kBits;
    node.is_used = true;
    node.seals[child % kVolumeFanOut] = seal;
}

void TreeBuilder::flush(uint32_t level)
{
    auto& node = nodes_[level - 1];
    SlotData contents;
    std::memcpy(contents.data(), node.seals.data(), contents.size());
    auto const seal = slots_->write({ file_, level, node.index }, contents);
    auto const index = node.index;
    node = {};
    put(level + 1, index, seal);
}

// As high as the last block needs it.
BlockRoot TreeBuilder::finish()
{
    uint32_t height = 0;
    while (last_index_ >> kBits * height)
        ++height;
    if (height == 0)
        return { first_, 0, block_count_ };
    for (uint32_t level = 1; level < height; ++level)
        flush(level);
    SlotData contents;
    std::memcpy(contents.data(), nodes_[height - 1].seals.data(), contents.size());
    return { slots_->write({ file_, height, 0 }, contents), height, block_count_ };
}

} // namespace farl::owner
