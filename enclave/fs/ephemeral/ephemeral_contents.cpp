#include "enclave/fs/ephemeral/ephemeral_contents.h"

#include "base/checked.h"

#include <cstring>

namespace farl {

namespace {

// Up to the first page that would fault.
Result<size_t> copy_accessible(Source const& source, size_t offset, void* to, size_t size)
{
    if (source.copy_to(offset, to, size).is_ok())
        return size;
    auto accessible = source.accessible_size(offset, size);
    if (!accessible)
        return Errno::Efault;
    TRY(source.copy_to(offset, to, accessible));
    return accessible;
}

} // namespace

EphemeralContents::Piece EphemeralContents::piece_at(uint64_t offset, uint64_t wanted)
{
    auto within = offset % kBlockSize;
    auto size = kBlockSize - within < wanted ? kBlockSize - within : wanted;
    return { offset / kBlockSize, within, size };
}

Result<EphemeralContents::Block*> EphemeralContents::block_for_writing(size_t index)
{
    if (index >= blocks_.size()) {
        auto doubled = blocks_.size() * 2;
        TRY(blocks_.reserve(index + 1 > doubled ? index + 1 : doubled));
        TRY(blocks_.resize(index + 1));
    }
    if (!blocks_[index]) {
        auto* block = new (std::nothrow) Block;
        if (!block)
            return Errno::Enospc;
        memset(block->bytes, 0, kBlockSize);
        blocks_[index] = Owned<Block>(block);
        ++used_blocks_;
    }
    return blocks_[index].get();
}

void EphemeralContents::drop(size_t index)
{
    if (is_hole(index))
        return;
    blocks_[index] = nullptr;
    --used_blocks_;
}

Result<size_t> EphemeralContents::read(uint64_t offset, Sink const& sink) const
{
    if (offset >= size_)
        return size_t { 0 };
    auto total = size_ - offset < sink.size() ? size_ - offset : sink.size();
    size_t done = 0;
    while (done < total) {
        auto piece = piece_at(offset + done, total - done);
        auto copied = is_hole(piece.block)
            ? sink.fill_zero_prefix(done, piece.size)
            : sink.copy_prefix(done, blocks_[piece.block]->bytes + piece.within, piece.size);
        if (copied.is_error() && !done)
            return copied.error();
        done += copied.is_ok() ? copied.value() : 0;
        if (copied.is_error() || copied.value() < piece.size)
            break;
    }
    return done;
}

Result<size_t> EphemeralContents::write(uint64_t offset, Source const& source)
{
    if (offset >= kLargest)
        return Errno::Efbig;
    auto total = kLargest - offset < source.size() ? kLargest - offset : source.size();
    size_t done = 0;
    while (done < total) {
        auto piece = piece_at(offset + done, total - done);
        auto block = block_for_writing(piece.block);
        auto copied = block.is_ok() ? copy_accessible(source, done, block.value()->bytes + piece.within, piece.size)
                                    : Result<size_t>(Errno::Enospc);
        if (copied.is_error() && !done)
            return copied.error();
        if (copied.is_error())
            break;
        done += copied.value();
        if (offset + done > size_)
            size_ = offset + done;
        if (copied.value() < piece.size)
            break;
    }
    return done;
}

Result<> EphemeralContents::resize(uint64_t size)
{
    if (size > kLargest)
        return Errno::Efbig;
    if (size < size_) {
        TRY(clear(size, size_ - size));
        auto blocks = (size + kBlockSize - 1) / kBlockSize;
        if (blocks < blocks_.size())
            TRY(blocks_.resize(blocks));
    }
    size_ = size;
    return {};
}

Result<> EphemeralContents::clear(uint64_t offset, uint64_t size)
{
    auto end = blocks_.size() * kBlockSize;
    for (auto at = offset; at < offset + size && at < end;) {
        auto piece = piece_at(at, offset + size - at);
        if (piece.size == kBlockSize)
            drop(piece.block);
        else if (!is_hole(piece.block))
            memset(blocks_[piece.block]->bytes + piece.within, 0, piece.size);
        at += piece.size;
    }
    return {};
}

Result<> EphemeralContents::reserve(uint64_t offset, uint64_t size)
{
    if (offset >= kLargest || size > kLargest - offset)
        return Errno::Efbig;
    for (auto block = offset / kBlockSize; block * kBlockSize < offset + size; ++block)
        (void)TRY(block_for_writing(block));
    return {};
}

Result<uint64_t> EphemeralContents::find(uint64_t offset, bool data) const
{
    if (offset >= size_)
        return Errno::Enxio;
    for (auto at = offset; at < size_; at = align_down<uint64_t>(at, kBlockSize) + kBlockSize)
        if (is_hole(at / kBlockSize) != data)
            return at;
    return data ? Result<uint64_t>(Errno::Enxio) : size_;
}

} // namespace farl
