// EphemeralContents: the bytes of a file in enclave memory, as a list of blocks; a missing block is a hole and reads as
// zeros. Not locked: its node's lock is.
#pragma once

#include "base/owned.h"
#include "base/vector.h"
#include "enclave/memory/buffers.h"

namespace farl {

class EphemeralContents {
public:
    static constexpr size_t kBlockSize = 4096;
    static constexpr uint64_t kLargest = 1ull << 40;

    uint64_t size() const { return size_; }
    uint64_t allocated_bytes() const { return used_blocks_ * kBlockSize; }

    // Short at the end.
    Result<size_t> read(uint64_t offset, Sink const& sink) const;
    // Whole, or short where memory ends or the source faults; ENOSPC or EFAULT if nothing fitted.
    Result<size_t> write(uint64_t offset, Source const& source);
    Result<> resize(uint64_t size);
    // The bytes become zero; whole blocks become holes.
    Result<> clear(uint64_t offset, uint64_t size);
    // Memory for the range now instead of later.
    Result<> reserve(uint64_t offset, uint64_t size);
    // lseek(2) SEEK_DATA and SEEK_HOLE: ENXIO at or behind the end.
    Result<uint64_t> find(uint64_t offset, bool data) const;

private:
    struct Block {
        char bytes[kBlockSize];
    };
    struct Piece {
        size_t block;
        size_t within;
        size_t size;
    };
    static Piece piece_at(uint64_t offset, uint64_t wanted);
    bool is_hole(size_t block) const { return block >= blocks_.size() || !blocks_[block]; }
    Result<Block*> block_for_writing(size_t index);
    void drop(size_t index);

    Vector<Owned<Block>> blocks_;
    uint64_t size_ { 0 };
    uint64_t used_blocks_ { 0 };
};

} // namespace farl
