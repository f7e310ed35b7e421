#include "enclave/fs/shield/sealed_file.h"

#include "base/checked.h"

namespace farl {

using formats::kSealedBlockSize;

Result<Ref<CachedBlock>> SealedFile::block(uint64_t index, uint64_t wanted)
{
    ASSERT(index < tree_.block_count());
    if (auto cached = cache_.find({ name_, index, 0 }))
        return cached;
    bool is_sequential = index == next_.load(std::memory_order_relaxed) && index != 0;
    auto count = is_sequential || wanted > kMostAtOnce ? kMostAtOnce : wanted;
    if (count > tree_.block_count() - index)
        count = tree_.block_count() - index;
    next_.store(index + count, std::memory_order_relaxed);
    return fetch(index, count);
}

// Of the last block of an authenticated file, only what belongs to the file is stored.
size_t SealedFile::stored_size(uint64_t index, uint64_t count) const
{
    auto const rest = size_ - index * kSealedBlockSize;
    auto const whole = count * kSealedBlockSize;
    return !opener_.is_encrypted() && rest < whole ? rest : whole;
}

// One call of the host for all; what is behind the first block is refused only when it is wanted.
Result<Ref<CachedBlock>> SealedFile::fetch(uint64_t index, uint64_t count)
{
    auto const seal = TRY(seal_of(0, index));
    if (formats::is_hole(seal))
        return CachedBlock::create();
    Vector<std::byte> stored;
    TRY(stored.resize(count * kSealedBlockSize)); // zeros
    auto const wanted = stored.span().first(stored_size(index, count));
    auto const read = data_->read(index * kSealedBlockSize, wanted);
    if (read.is_error())
        return refuse(Tampering::Absent, 0, index);
    if (read.value() < stored_size(index, 1))
        return refuse(Tampering::Missing, 0, index);
    auto first = opened(0, index, seal, stored.span().first(kSealedBlockSize));
    if (first.is_error())
        return first.error() == Errno::Ebadmsg ? refuse(Tampering::Changed, 0, index) : first.error();
    for (uint64_t i = 1; i < count && (i + 1) * kSealedBlockSize <= page_up(read.value()); ++i) {
        auto const next = seal_of(0, index + i);
        if (next.is_error())
            break;
        if (!formats::is_hole(next.value()))
            (void)opened(0, index + i, next.value(), stored.span().subspan(i * kSealedBlockSize, kSealedBlockSize));
    }
    return first;
}

Result<Ref<CachedBlock>> SealedFile::opened(
    uint32_t level, uint64_t index, formats::Seal const& seal, std::span<std::byte const> stored)
{
    auto block = TRY(CachedBlock::create());
    memcpy(block->bytes().data(), stored.data(), kSealedBlockSize);
    TRY(opener_.open(level, index, seal, block->bytes()));
    cache_.insert({ name_, index, level }, block);
    return block;
}

// Up to the root, which is ours, or to the first node that was verified before: at most kMostSealLevels steps.
Result<formats::Seal> SealedFile::seal_of(uint32_t level, uint64_t index)
{
    if (level == tree_.top())
        return root_;
    auto const parent = TRY(node(level + 1, index / formats::kSealFanOut));
    formats::Seal seal;
    memcpy(seal.data(), parent->bytes().data() + index % formats::kSealFanOut * formats::kSealSize, seal.size());
    return seal;
}

Result<Ref<CachedBlock>> SealedFile::node(uint32_t level, uint64_t index)
{
    if (auto cached = cache_.find({ name_, index, level }))
        return cached;
    auto const seal = TRY(seal_of(level, index));
    if (formats::is_hole(seal))
        return CachedBlock::create();
    Vector<std::byte> stored;
    TRY(stored.resize(kSealedBlockSize));
    auto const read = trees_.read(tree_offset_ + tree_.offset(level, index), stored.span());
    if (read.is_error())
        return refuse(Tampering::Absent, level, index);
    if (read.value() < stored.size())
        return refuse(Tampering::Missing, level, index);
    auto block = opened(level, index, seal, stored.span());
    if (block.is_error() && block.error() == Errno::Ebadmsg)
        return refuse(Tampering::Changed, level, index);
    return block;
}

Errno SealedFile::refuse(Tampering what, uint32_t level, uint64_t index)
{
    auto const place = index * 8 + level;
    if (reported_.exchange(place, std::memory_order_relaxed) != place)
        data_->report(what, level, index);
    return Errno::Eio;
}

} // namespace farl
