#include "owner/volume/store_writer.h"

#include <cstring>

namespace farl::owner {

using namespace formats;

StoreWriter::StoreWriter(StoreFile& file, VolumeSeals const& seals, Checkpoint const& last)
    : slots_(file, seals, last.seals),
      checkpoint_(last),
      inode_count_(kRootInode),
      contents_(slots_, kRootInode),
      table_(slots_, kInodeTable)
{
}

void StoreWriter::add_block(uint64_t index, SlotData const& contents) { contents_.add(index, contents); }

void StoreWriter::add_inode(VolumeInode inode)
{
    inode.root = contents_.finish();
    auto const place = inode_count_ % kInodesInBlock;
    std::memcpy(table_block_.data() + place * sizeof(inode), &inode, sizeof(inode));
    if (++inode_count_ % kInodesInBlock == 0)
        flush_table();
    contents_ = TreeBuilder(slots_, inode_count_);
}

void StoreWriter::flush_table()
{
    table_.add((inode_count_ - 1) / kInodesInBlock, table_block_);
    table_block_ = {};
}

void StoreWriter::finish(uint64_t free_inode)
{
    if (inode_count_ % kInodesInBlock)
        flush_table();
    checkpoint_.inodes = table_.finish();
    write_slot_table();
    checkpoint_.inode_count = inode_count_;
    checkpoint_.free_inode = free_inode;
    checkpoint_.journal_slot = slots_.next_slot();
    slots_.file().resize(slots_.next_slot() + 1);
    slots_.file().sync();
    ++checkpoint_.number;
    slots_.write_superblock(checkpoint_);
    slots_.file().sync();
}

// All slots so far are in use; it does not tell of its own, nor of the journal's.
void StoreWriter::write_slot_table()
{
    constexpr uint64_t kSlotsInBlock = kVolumeSlotSize * 8;
    uint64_t const used = slots_.next_slot();
    checkpoint_.slot_blocks = (used + kSlotsInBlock - 1) / kSlotsInBlock;
    TreeBuilder table(slots_, kSlotTable);
    for (uint64_t block = 0; block < checkpoint_.slot_blocks; ++block) {
        SlotData bits {};
        for (auto slot = block * kSlotsInBlock; slot < std::min(used, (block + 1) * kSlotsInBlock); ++slot)
            bits[slot % kSlotsInBlock / 8] |= std::byte { 1 } << slot % 8;
        table.add(block, bits);
    }
    checkpoint_.slots = table.finish();
}

} // namespace farl::owner
