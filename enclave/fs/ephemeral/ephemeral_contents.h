// EphemeralContents: the bytes of a file as a list of blocks. Blocks that were written are in enclave memory; one that
// was not shows the image's file below it, if the file comes from an image, and else is a hole, which reads as zeros.
// Not locked: its node's lock is.
#pragma once

#include "base/owned.h"
#include "base/vector.h"
#include "enclave/fs/ephemeral/outside_blocks.h"
#include "enclave/fs/shield/sealed_file.h"
#include "enclave/fs/tree/node_contents.h"

namespace farl {

class EphemeralContents final : public NodeContents {
public:
    static constexpr size_t kBlockSize = 4096;
    static_assert(kBlockSize == kPageSize); // as BlockPiece
    static constexpr uint64_t kLargest = 1ull << 44;

    EphemeralContents() = default;
    EphemeralContents(EphemeralContents const&) = delete;
    ~EphemeralContents() override { drop_from(0); }

    // Before anything else: what a file of the image begins as. It is set_base() that makes it readable.
    void start_with(uint64_t size);
    bool wants_base() const { return base_end_ && !base_; }
    void set_base(Ref<SealedFile> base) { base_ = std::move(base); }

    uint64_t size() const override { return size_; }
    uint64_t allocated_bytes() const override { return (used_blocks_ + shown_blocks_) * kBlockSize; }

    Result<size_t> read(uint64_t offset, Sink const& sink) override;
    Result<size_t> write(uint64_t offset, Source const& source) override;
    Result<> resize(uint64_t size) override;
    Result<> clear(uint64_t offset, uint64_t size) override;
    Result<> reserve(uint64_t offset, uint64_t size) override;
    Result<uint64_t> find(uint64_t offset, bool data) override;

private:
    struct Block {
        char bytes[kBlockSize];
    };
    static constexpr size_t kChunkBlocks = 512;
    static constexpr uint64_t kKeptInside = 16; // blocks of a file that stay, however full the enclave is
    // Null: what is below shows. `hole()`: nothing does. With the lowest bit set it is of a block that is outside.
    struct Chunk {
        Block* blocks[kChunkBlocks] {};
        uint32_t inside_blocks { 0 };
    };
    static Block* hole();
    Block* at(size_t index) const;
    Result<Block**> slot(size_t index);
    bool shows_base(size_t index) const { return !at(index) && index * kBlockSize < base_end_; }
    bool has_bytes(size_t index) const { return at(index) && at(index) != hole(); }
    bool is_memory(size_t index) const { return has_bytes(index) && !is_outside(at(index)); }
    static bool is_outside(Block const* block) { return reinterpret_cast<uintptr_t>(block) & 1; }
    static OutsideBlocks::Block* outside(Block const* block)
    {
        return reinterpret_cast<OutsideBlocks::Block*>(reinterpret_cast<uintptr_t>(block) & ~uintptr_t { 1 });
    }
    static Block* as_outside(OutsideBlocks::Block* block)
    {
        return reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(block) | 1);
    }
    void put(Block*& slot, size_t index, Block* block);
    void forget(Block* block, Chunk& chunk);
    Result<> fill(Block& block, size_t index) const;
    Result<Block*> block_for_writing(size_t index);
    void make_room(size_t kept);
    bool move_out(size_t index);
    Result<size_t> write_piece(BlockPiece const& piece, Source const& source, size_t done);
    Result<size_t> read_piece(BlockPiece const& piece, Sink const& sink, size_t done, uint64_t rest) const;
    Result<> clear_piece(BlockPiece const& piece);
    void drop_from(size_t index);

    Vector<Owned<Chunk>> chunks_;
    Ref<SealedFile> base_;
    uint64_t base_end_ { 0 }; // up to where it shows
    uint64_t size_ { 0 };
    uint64_t used_blocks_ { 0 };   // inside and outside
    uint64_t inside_blocks_ { 0 }; // of these
    size_t hand_ { 0 };            // of the clock that chooses which go outside
    uint64_t shown_blocks_ { 0 };  // of the base
};

} // namespace farl
