// VolumeContents: the bytes of a file of a volume. What is written waits in the store for the next commit.
#pragma once

#include "enclave/fs/tree/node_contents.h"
#include "enclave/fs/volume/volume_store.h"

namespace farl {

class VolumeNodes;

class VolumeContents final : public NodeContents {
public:
    static constexpr uint64_t kBlockSize = formats::kVolumeSlotSize;
    static_assert(kBlockSize == kPageSize); // as BlockPiece
    static constexpr uint64_t kLargest = formats::kMostVolumeBlocks * kBlockSize;

    VolumeContents(VolumeNodes& nodes, uint64_t number, uint64_t size) : nodes_(nodes), number_(number), size_(size) { }

    uint64_t size() const override { return size_; }
    uint64_t allocated_bytes() const override;
    Result<size_t> read(uint64_t offset, Sink const& sink) override;
    Result<size_t> write(uint64_t offset, Source const& source) override;
    Result<> resize(uint64_t size) override;
    Result<> clear(uint64_t offset, uint64_t size) override;
    // Slots are found when contents are written.
    Result<> reserve(uint64_t, uint64_t) override { return {}; }
    Result<uint64_t> find(uint64_t offset, bool data) override;

private:
    Result<Ref<CachedBlock>> block_at(uint64_t index, uint64_t asked);
    bool is_too_long_to_cache(uint64_t blocks) const;
    Result<size_t> read_piece(BlockPiece const& piece, Sink const& sink, size_t done, uint64_t rest);
    Result<size_t> write_piece(BlockPiece const& piece, Source const& source, size_t done);
    Result<bool> put_in_place(BlockPiece const& piece, Source const& source, size_t done);
    void clear_behind_end(uint64_t index, SlotBytes block) const;
    Result<> put(BlockPiece const& piece, std::byte const* bytes);
    Result<> put(BlockPiece const& piece, Ref<CachedBlock> block);
    Result<> clear_piece(VolumeStore& store, BlockPiece const& piece);
    Result<> note_written(VolumeStore& store, BlockPiece const& piece);
    Result<> note_whole_block(VolumeStore& store, uint64_t index);

    VolumeNodes& nodes_;
    uint64_t number_;
    uint64_t size_;
    uint64_t next_ { 0 };          // the block behind the one that was read last
    uint64_t read_in_order_ { 0 }; // so many blocks until now
    Owned<BlocksAhead> ahead_;     // in a long scan
    uint64_t next_written_ { 0 };
    uint64_t written_in_order_ { 0 };
};

} // namespace farl
