// CommitJournal: what has changed since the last checkpoint, as a chain of sealed blocks. A commit is all there or not
// at all; each block can only follow the one it was written after.
#pragma once

#include "enclave/fs/volume/block_tree.h"

namespace farl {

// A state of a volume: how many commits it has had, and the tag of the last one. Whoever knows the newest can tell an
// older state from it.
struct VolumeState {
    uint64_t sequence { 0 };
    AesGcm::Tag tag {};
    bool operator==(VolumeState const&) const = default;
};

struct InodeNumbers {
    uint64_t count;
    uint64_t free;
};

class CommitJournal final : public BlockMapping {
public:
    CommitJournal(VolumeIo& io, VolumeState const& state, uint32_t next_slot)
        : io_(io),
          state_(state),
          next_slot_(next_slot),
          durable_(state.sequence)
    {
    }

    Result<> mapped(uint64_t file, uint64_t index, formats::BlockSeal const& seal) override;
    Result<> truncated(uint64_t file, uint64_t block_count);
    Result<> changed(uint64_t number, formats::VolumeInode const& inode);
    bool is_empty() const { return records_.is_empty(); }
    size_t waiting_size() const { return records_.size(); } // of what the next commit has to tell

    // All records since the last commit become one: durable, with all blocks that they tell of, which are written
    // already, once the device has been synchronised.
    Result<> write(InodeNumbers const& inodes);
    void note_durable() { durable_ = state_.sequence; }
    VolumeState const& state() const { return state_; }
    uint64_t size() const { return slots_.size() * formats::kVolumeSlotSize; }

    // A checkpoint takes over: the slots are given up, then it begins at a new one.
    Result<> give_up_slots();
    Result<uint32_t> begin();
    // When the journal is read: the block in the next slot is part of it.
    Result<> adopt(formats::JournalHeader const& header, AesGcm::Tag const& tag);
    uint32_t next_slot() const { return next_slot_; }

private:
    template <typename Record>
    Result<> add(Record const& record);
    Result<> write_block(std::span<std::byte const> records, InodeNumbers const& inodes, bool is_last);

    VolumeIo& io_;
    VolumeState state_;
    uint32_t next_slot_; // claimed already
    uint64_t durable_;
    Vector<std::byte> records_;
    Vector<uint32_t> slots_; // of the blocks written so far
};

} // namespace farl
