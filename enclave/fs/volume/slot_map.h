// SlotMap: which slots of a volume are in use. A slot that is freed is not given out again before the next checkpoint
// is durable, because the one before it still leads to what the slot holds.
#pragma once

#include "abi/formats/volume.h"
#include "base/vector.h"

namespace farl {

class SlotMap {
public:
    static constexpr uint64_t kSlotsInBlock = formats::kVolumeSlotSize * 8;

    // The slots of superblocks are in use. ENOMEM.
    static Result<SlotMap> create();

    // The lowest free one from where the last was found: runs of them lie together. ENOSPC, ENOMEM.
    Result<uint32_t> allocate();
    // A slot that something found on the volume says it is in. EBADMSG if it cannot be.
    Result<> claim(uint32_t slot);
    // One that was allocated last, and never written to.
    void give_back(uint32_t slot);
    // Not in use any more, once the next checkpoint is durable. ENOMEM.
    Result<> release_later(uint32_t slot);
    size_t waiting_count() const { return waiting_.size(); }

    // For a checkpoint: bits as they are once it is durable, when the first `count` of those that wait are free.
    uint64_t block_count() const { return (words_.size() * 64 + kSlotsInBlock - 1) / kSlotsInBlock; }
    void write_block(uint64_t block, size_t count, std::span<std::byte, formats::kVolumeSlotSize> bits) const;
    Result<> read_block(uint64_t block, std::span<std::byte const, formats::kVolumeSlotSize> bits);
    // The checkpoint is durable: the first `count` of those that wait are free.
    void release_waiting(size_t count);

    // One more than the highest in use.
    uint32_t slot_count() const { return slot_count_; }
    uint64_t used_count() const { return used_count_; }

private:
    static constexpr uint64_t kMostSlots = 1ull << 32;
    bool is_used(uint32_t slot) const { return words_[slot / 64] >> slot % 64 & 1; }
    void use(uint32_t slot);
    Result<> make_room(uint64_t slot);

    Vector<uint64_t> words_;
    Vector<uint32_t> waiting_;
    uint32_t slot_count_ { 0 };
    uint64_t used_count_ { 0 };
    uint64_t next_word_ { 0 };
};

} // namespace farl
