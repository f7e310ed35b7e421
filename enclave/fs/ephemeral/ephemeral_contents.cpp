#include "enclave/fs/ephemeral/ephemeral_contents.h"

#include "base/checked.h"

#include <cstring>

namespace farl {

void EphemeralContents::start_with(uint64_t size)
{
    size_ = size;
    base_end_ = page_up(size);
    shown_blocks_ = base_end_ / kBlockSize;
}

// A place that is no block: nobody reads or writes it.
EphemeralContents::Block* EphemeralContents::hole()
{
    alignas(Block*) static constinit char place = 0;
    return reinterpret_cast<Block*>(&place);
}

EphemeralContents::Block* EphemeralContents::at(size_t index) const
{
    auto const chunk = index / kChunkBlocks;
    return chunk < chunks_.size() && chunks_[chunk] ? chunks_[chunk]->blocks[index % kChunkBlocks] : nullptr;
}

Result<EphemeralContents::Block**> EphemeralContents::slot(size_t index)
{
    auto const chunk = index / kChunkBlocks;
    if (chunk >= chunks_.size()) {
        auto doubled = chunks_.size() * 2;
        TRY(chunks_.reserve(chunk + 1 > doubled ? chunk + 1 : doubled));
        TRY(chunks_.resize(chunk + 1));
    }
    if (!chunks_[chunk])
        chunks_[chunk] = TRY(make_owned<Chunk>());
    return &chunks_[chunk]->blocks[index % kChunkBlocks];
}

// Takes the place of whatever shows there.
void EphemeralContents::put(Block*& slot, size_t index, Block* block)
{
    shown_blocks_ -= shows_base(index);
    if (slot && slot != hole())
        forget(slot, *chunks_[index / kChunkBlocks]);
    slot = block;
    if (!block || block == hole())
        return;
    ++used_blocks_;
    if (is_outside(block))
        return;
    ++inside_blocks_;
    ++chunks_[index / kChunkBlocks]->inside_blocks;
    ephemeral_storage().blocks_inside.fetch_add(1, std::memory_order_relaxed);
}

void EphemeralContents::forget(Block* block, Chunk& chunk)
{
    --used_blocks_;
    if (is_outside(block))
        return ephemeral_storage().outside->drop(Owned<OutsideBlocks::Block>(outside(block)));
    --inside_blocks_;
    --chunk.inside_blocks;
    ephemeral_storage().blocks_inside.fetch_sub(1, std::memory_order_relaxed);
    delete block;
}

// Whether it went.
bool EphemeralContents::move_out(size_t index)
{
    if (!is_memory(index))
        return false;
    auto*& slot = chunks_[index / kChunkBlocks]->blocks[index % kChunkBlocks];
    auto moved = ephemeral_storage().outside->put(std::as_bytes(std::span(slot->bytes)));
    if (moved.is_error())
        return false;
    put(slot, index, as_outside(moved.release_value().release()));
    return true;
}

// After a block has come: as long as there are too many, this file gives up one that was not written lately. If the
// host has no room either, they stay.
void EphemeralContents::make_room(size_t kept)
{
    if (!ephemeral_storage().is_full() || inside_blocks_ <= kKeptInside)
        return;
    auto const end = chunks_.size() * kChunkBlocks;
    for (size_t looked = 0; looked < end; ++looked) {
        hand_ = hand_ + 1 < end ? hand_ + 1 : 0;
        if (auto const& chunk = chunks_[hand_ / kChunkBlocks]; !chunk || !chunk->inside_blocks)
            hand_ |= kChunkBlocks - 1; // on to the next one
        else if (hand_ != kept && is_memory(hand_))
            return (void)move_out(hand_);
    }
}

// With what is to be seen there.
Result<> EphemeralContents::fill(Block& block, size_t index) const
{
    if (shows_base(index)) {
        auto const below = TRY(base_->block(index));
        memcpy(block.bytes, below->bytes().data(), kBlockSize);
    } else if (has_bytes(index)) {
        TRY(ephemeral_storage().outside->get(*outside(at(index)), std::as_writable_bytes(std::span(block.bytes))));
    } else {
        memset(block.bytes, 0, kBlockSize);
    }
    return {};
}

// With what shows there in it.
Result<EphemeralContents::Block*> EphemeralContents::block_for_writing(size_t index)
{
    if (is_memory(index))
        return at(index);
    auto** place = TRY(slot(index));
    Owned<Block> block(new (std::nothrow) Block);
    if (!block)
        return Errno::Enospc;
    TRY(fill(*block, index));
    put(*place, index, block.release());
    make_room(index);
    return *place;
}

Result<size_t> EphemeralContents::read_piece(
    BlockPiece const& piece, Sink const& sink, size_t done, uint64_t rest) const
{
    if (is_memory(piece.block))
        return sink.copy_prefix(done, at(piece.block)->bytes + piece.within, piece.size);
    if (has_bytes(piece.block)) {
        auto block = TRY(make_owned<Block>());
        TRY(fill(*block, piece.block));
        return sink.copy_prefix(done, block->bytes + piece.within, piece.size);
    }
    if (!shows_base(piece.block))
        return sink.fill_zero_prefix(done, piece.size);
    auto const block = TRY(base_->block(piece.block, (piece.within + rest + kBlockSize - 1) / kBlockSize));
    return sink.copy_prefix(done, block->bytes().data() + piece.within, piece.size);
}

Result<size_t> EphemeralContents::read(uint64_t offset, Sink const& sink)
{
    auto const total = offset >= size_ ? 0 : size_ - offset < sink.size() ? size_ - offset : sink.size();
    return move_by_blocks(offset, total,
        [&](BlockPiece const& piece, size_t done) { return read_piece(piece, sink, done, total - done); });
}

// A whole block that comes at once needs nothing of what was there.
Result<size_t> EphemeralContents::write_piece(BlockPiece const& piece, Source const& source, size_t done)
{
    if (piece.size == kBlockSize && !is_memory(piece.block)) {
        auto** place = TRY(slot(piece.block));
        Owned<Block> block(new (std::nothrow) Block);
        if (!block)
            return Errno::Enospc;
        if (source.copy_to(done, block->bytes, kBlockSize).is_ok()) {
            put(*place, piece.block, block.release());
            make_room(piece.block);
            return kBlockSize;
        }
        if (!source.accessible_size(done, kBlockSize))
            return Errno::Efault;
    }
    auto* block = TRY(block_for_writing(piece.block));
    return copy_accessible(source, done, block->bytes + piece.within, piece.size);
}

Result<size_t> EphemeralContents::write(uint64_t offset, Source const& source)
{
    if (offset >= kLargest)
        return Errno::Efbig;
    auto const total = kLargest - offset < source.size() ? kLargest - offset : source.size();
    auto written = move_by_blocks(offset, total, [&](BlockPiece const& piece, size_t done) -> Result<size_t> {
        auto const copied = TRY(write_piece(piece, source, done));
        if (offset + done + copied > size_)
            size_ = offset + done + copied;
        return copied;
    });
    if (written.is_error() && written.error() == Errno::Enomem)
        return Errno::Enospc;
    return written;
}

// All blocks from this one on become what a file has behind its end.
void EphemeralContents::drop_from(size_t index)
{
    for (auto chunk = index / kChunkBlocks; chunk < chunks_.size(); ++chunk) {
        for (size_t i = 0; chunks_[chunk] && i < kChunkBlocks; ++i) {
            auto*& slot = chunks_[chunk]->blocks[i];
            auto const place = chunk * kChunkBlocks + i;
            if (place < index || !slot)
                continue;
            put(slot, place, nullptr);
            shown_blocks_ += shows_base(place);
        }
        if (chunk * kChunkBlocks >= index)
            chunks_[chunk] = nullptr;
    }
    auto const end = index * kBlockSize;
    if (end < base_end_) {
        shown_blocks_ -= (base_end_ - end) / kBlockSize;
        base_end_ = end;
    }
}

Result<> EphemeralContents::resize(uint64_t size)
{
    if (size > kLargest)
        return Errno::Efbig;
    if (size < size_) {
        if (auto within = size % kBlockSize)
            TRY(clear_piece({ size / kBlockSize, within, kBlockSize - within }));
        drop_from((size + kBlockSize - 1) / kBlockSize);
    }
    size_ = size;
    return {};
}

Result<> EphemeralContents::clear_piece(BlockPiece const& piece)
{
    if (!has_bytes(piece.block) && !shows_base(piece.block))
        return {};
    if (piece.size < kBlockSize) {
        memset(TRY(block_for_writing(piece.block))->bytes + piece.within, 0, piece.size);
        return {};
    }
    put(*TRY(slot(piece.block)), piece.block, hole());
    return {};
}

Result<> EphemeralContents::clear(uint64_t offset, uint64_t size)
{
    auto const end = chunks_.size() * kChunkBlocks * kBlockSize;
    auto const last = base_end_ > end ? base_end_ : end;
    for (auto at = offset; at < offset + size && at < last;) {
        auto piece = piece_at(at, offset + size - at);
        TRY(clear_piece(piece));
        at += piece.size;
    }
    return {};
}

Result<> EphemeralContents::reserve(uint64_t offset, uint64_t size)
{
    if (offset >= kLargest || size > kLargest - offset)
        return Errno::Efbig;
    for (auto block = offset / kBlockSize; block * kBlockSize < offset + size; ++block)
        if (!shows_base(block))
            (void)TRY(block_for_writing(block));
    return {};
}

Result<uint64_t> EphemeralContents::find(uint64_t offset, bool data)
{
    if (offset >= size_)
        return Errno::Enxio;
    constexpr uint64_t kChunkSize = kChunkBlocks * kBlockSize;
    for (auto at = offset; at < size_;) {
        auto const block = at / kBlockSize;
        if ((has_bytes(block) || shows_base(block)) == data)
            return at;
        bool is_bare = block / kChunkBlocks >= chunks_.size() || !chunks_[block / kChunkBlocks];
        auto next = align_down<uint64_t>(at, kBlockSize) + kBlockSize;
        if (is_bare) { // one kind up to its end, or the base's
            auto const end = align_down<uint64_t>(at, kChunkSize) + kChunkSize;
            next = at < base_end_ && base_end_ < end ? base_end_ : end;
        }
        at = next;
    }
    return data ? Result<uint64_t>(Errno::Enxio) : size_;
}

} // namespace farl
