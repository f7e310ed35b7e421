// StoreReader: what the store of a volume holds: the newest checkpoint that opens, with the journal's commits over it.
// It reads by the format alone (docs/formats/volume.md) and changes nothing.
#pragma once

#include "owner/volume/store_journal.h"

#include <functional>

namespace farl::owner {

// Told of a tree, a node before what is below it, in the order of indexes.
class TreeVisitor {
public:
    virtual ~TreeVisitor() = default;
    // A node, or with level 0 a block, that has a slot.
    virtual void found(BlockPlace const& place, formats::BlockSeal const& seal) = 0;
    // A node that cannot be read, with all below it.
    virtual void lost(BlockPlace const& place, formats::BlockSeal const& seal) = 0;
};

class StoreReader {
public:
    // Of the volume in a store, without its key. None if there is none.
    static std::optional<VolumeId> id_of(StoreFile const& file);

    // Throws StoreDamage if there is nothing to begin with. Both outlive the reader.
    StoreReader(StoreFile const& file, VolumeSeals const& seals);

    StoreFile const& file() const { return file_; }
    formats::Checkpoint const& checkpoint() const { return checkpoint_; }
    StoreJournal const& journal() const { return journal_; }
    StoreState const& state() const { return journal_.state(); }
    // A superblock that was written and does not open: a crash leaves that, or whoever wants the older one to count.
    std::optional<uint32_t> lost_superblock() const { return lost_superblock_; }
    // Whether the store is as this state says, or has gone on from there; as an enclave decides it.
    bool contains(StoreState const& state) const;

    // As it is now, but with the checkpoint's root. All below throw StoreDamage.
    formats::VolumeInode inode(uint64_t number) const;
    // As it was at the checkpoint.
    formats::VolumeInode stored_inode(uint64_t number) const;
    // As they are now, ascending, without holes.
    void for_each_block(
        uint64_t number, std::function<void(uint64_t index, formats::BlockSeal const& seal)> const& visit) const;
    // Whether the checkpoint's block is still the file's, for all that the journal says.
    bool is_current(uint64_t number, uint64_t index) const;
    // A block of the slot table. Null if it is a hole.
    std::optional<SlotData> slot_bits(uint64_t index) const;
    // Null if it is a hole.
    std::optional<SlotData> block(uint64_t number, uint64_t index) const;
    SlotData read(BlockPlace const& place, formats::BlockSeal const& seal) const;

    void walk(uint64_t file, formats::BlockRoot const& root, TreeVisitor& visitor) const;

private:
    void walk_below(formats::BlockSeal const& seal, BlockPlace const& place, TreeVisitor& visitor) const;
    formats::BlockSeal stored_seal(uint64_t file, formats::BlockRoot const& root, uint64_t index) const;

    StoreFile const& file_;
    VolumeSeals const& seals_;
    std::optional<uint32_t> lost_superblock_;
    formats::Checkpoint checkpoint_ {};
    StoreJournal journal_;
    mutable std::optional<std::pair<uint64_t, SlotData>> inodes_; // the block of the table that was looked at last
};

// "inode 17: block 3"
std::string shown(BlockPlace const& place);

} // namespace farl::owner
