#include "enclave/fs/volume/volume_contents.h"

#include "enclave/fs/volume/volume_nodes.h"

namespace farl {

using formats::kMostVolumeBlocks;

uint64_t VolumeContents::allocated_bytes() const
{
    auto count = nodes_.with_store([&](VolumeStore& store) { return store.block_count(number_); });
    return count ? count.value() * kBlockSize : 0;
}

// Of a scan that is longer than what the cache has, the beginning is gone before anybody could read it again; what it
// would push out may still be needed.
bool VolumeContents::is_too_long_to_cache(uint64_t blocks) const { return blocks > nodes_.cached_at_most() / 4; }

Result<Ref<CachedBlock>> VolumeContents::block_at(uint64_t index, uint64_t asked)
{
    constexpr uint64_t kAhead = 32;
    read_in_order_ = index == next_ ? read_in_order_ + 1 : 0;
    next_ = index + 1;
    if (auto block = ahead_ ? ahead_->take(index) : nullptr)
        return block;
    if (auto block = nodes_.read_cached(number_, index))
        return block;
    if (!is_too_long_to_cache(read_in_order_))
        ahead_ = nullptr;
    else if (!ahead_)
        ahead_ = TRY(make_owned<BlocksAhead>());
    auto const wanted = read_in_order_ && asked < kAhead ? kAhead : asked;
    return nodes_.with_store([&](VolumeStore& store) { return store.read(number_, index, wanted, ahead_.get()); });
}

// The copy is not under the store's lock: it may have to wait for pages that the store gives.
Result<size_t> VolumeContents::read_piece(BlockPiece const& piece, Sink const& sink, size_t done, uint64_t rest)
{
    auto const block = TRY(block_at(piece.block, (rest + piece.within + kBlockSize - 1) / kBlockSize));
    return block ? sink.copy_prefix(done, block->bytes().data() + piece.within, piece.size)
                 : sink.fill_zero_prefix(done, piece.size);
}

Result<size_t> VolumeContents::read(uint64_t offset, Sink const& sink)
{
    auto const total = offset >= size_ ? 0 : size_ - offset < sink.size() ? size_ - offset : sink.size();
    return move_by_blocks(offset, total,
        [&](BlockPiece const& piece, size_t done) { return read_piece(piece, sink, done, total - done); });
}

// Size and contents are of one commit: what lies behind the end is zero.
Result<> VolumeContents::note_written(VolumeStore& store, BlockPiece const& piece)
{
    constexpr uint64_t kMostWaiting = 2048;
    auto const end = piece.block * kBlockSize + piece.within + piece.size;
    if (end > size_) {
        TRY(store.set_size(number_, end));
        size_ = end;
    }
    ahead_ = nullptr;
    if (store.waiting_blocks() < kMostWaiting)
        return {};
    TRY(store.flush());
    nodes_.note_flushed(store);
    return {};
}

// What is written from one end to the other is not likely to change before it is stored: the sooner, the more of it is
// still in the processor's caches, and so is the memory that the next blocks get.
Result<> VolumeContents::note_whole_block(VolumeStore& store, uint64_t index)
{
    constexpr uint64_t kStream = 256, kAtOnce = 64;
    written_in_order_ = index == next_written_ ? written_in_order_ + 1 : 0;
    next_written_ = index + 1;
    if (written_in_order_ < kStream || written_in_order_ % kAtOnce)
        return {};
    TRY(store.flush_stream(number_, is_too_long_to_cache(written_in_order_) ? Keeping::NotCached : Keeping::Cached));
    nodes_.note_flushed(store);
    return {};
}

Result<> VolumeContents::put(BlockPiece const& piece, std::byte const* bytes)
{
    return nodes_.with_store([&](VolumeStore& store) -> Result<> {
        auto block = TRY(store.change_block(number_, piece.block));
        memcpy(block.data() + piece.within, bytes, piece.size);
        return note_written(store, piece);
    });
}

Result<> VolumeContents::put(BlockPiece const& piece, Ref<CachedBlock> block)
{
    return nodes_.with_store([&](VolumeStore& store) -> Result<> {
        TRY(store.put_block(number_, piece.block, std::move(block)));
        TRY(note_written(store, piece));
        return note_whole_block(store, piece.block);
    });
}

// A part of a block, in place. A fault is only found out: what would have to wait for pages must not have the store's
// lock, because the store may have to give them.
Result<bool> VolumeContents::put_in_place(BlockPiece const& piece, Source const& source, size_t done)
{
    ahead_ = nullptr;
    return nodes_.with_store([&](VolumeStore& store) -> Result<bool> {
        auto block = TRY(store.change_block(number_, piece.block));
        if (source.copy_to(done, block.data() + piece.within, piece.size).is_error()) {
            clear_behind_end(piece.block, block);
            return false;
        }
        TRY(note_written(store, piece));
        return true;
    });
}

// What a copy has left there that did not come to its end.
void VolumeContents::clear_behind_end(uint64_t index, SlotBytes block) const
{
    auto const begin = index * kBlockSize;
    auto const kept = size_ <= begin ? 0 : size_ - begin < kBlockSize ? size_ - begin : kBlockSize;
    memset(block.data() + kept, 0, kBlockSize - kept);
}

Result<size_t> VolumeContents::write_piece(BlockPiece const& piece, Source const& source, size_t done)
{
    if (piece.size < kBlockSize && TRY(put_in_place(piece, source, done)))
        return piece.size;
    auto block = TRY(CachedBlock::create_unset());
    auto const copied = TRY(copy_accessible(source, done, block->bytes().data(), piece.size));
    if (copied == kBlockSize)
        TRY(put(piece, std::move(block)));
    else
        TRY(put({ piece.block, piece.within, copied }, block->bytes().data()));
    return copied;
}

Result<size_t> VolumeContents::write(uint64_t offset, Source const& source)
{
    if (offset >= kLargest)
        return Errno::Efbig;
    auto const total = kLargest - offset < source.size() ? kLargest - offset : source.size();
    auto written = move_by_blocks(
        offset, total, [&](BlockPiece const& piece, size_t done) { return write_piece(piece, source, done); });
    if (written.is_error() && written.error() == Errno::Enomem)
        return Errno::Enospc;
    return written;
}

Result<> VolumeContents::resize(uint64_t size)
{
    if (size > kLargest)
        return Errno::Efbig;
    ahead_ = nullptr;
    return nodes_.with_store([&](VolumeStore& store) -> Result<> {
        if (size < size_) {
            if (auto within = size % kBlockSize)
                TRY(clear_piece(store, { size / kBlockSize, within, kBlockSize - within }));
            TRY(store.truncate(number_, (size + kBlockSize - 1) / kBlockSize));
        }
        if (size != size_)
            TRY(store.set_size(number_, size));
        size_ = size;
        return {};
    });
}

Result<> VolumeContents::clear_piece(VolumeStore& store, BlockPiece const& piece)
{
    if (piece.size == kBlockSize)
        return store.make_hole(number_, piece.block);
    if (TRY(store.find_block(number_, piece.block, true)) != piece.block)
        memset(TRY(store.change_block(number_, piece.block)).data() + piece.within, 0, piece.size);
    return {};
}

Result<> VolumeContents::clear(uint64_t offset, uint64_t size)
{
    auto const end = offset >= size_ ? offset : size_ - offset < size ? page_up(size_) : offset + size;
    ahead_ = nullptr;
    return nodes_.with_store([&](VolumeStore& store) -> Result<> {
        for (auto at = offset; at < end;) {
            auto const next = TRY(store.find_block(number_, at / kBlockSize, false));
            if (next >= kMostVolumeBlocks)
                return {};
            at = next * kBlockSize > at ? next * kBlockSize : at;
            if (at >= end)
                return {};
            auto const piece = piece_at(at, end - at);
            TRY(clear_piece(store, piece));
            at += piece.size;
        }
        return {};
    });
}

Result<uint64_t> VolumeContents::find(uint64_t offset, bool data)
{
    if (offset >= size_)
        return Errno::Enxio;
    auto const found = TRY(
        nodes_.with_store([&](VolumeStore& store) { return store.find_block(number_, offset / kBlockSize, !data); }));
    auto const at = found * kBlockSize > offset ? found * kBlockSize : offset;
    if (found < kMostVolumeBlocks && at < size_)
        return at;
    return data ? Result<uint64_t>(Errno::Enxio) : size_;
}

} // namespace farl
