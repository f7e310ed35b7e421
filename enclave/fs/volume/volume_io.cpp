#include "enclave/fs/volume/volume_io.h"

#include "enclave/crypto/vector_scope.h"

#include <atomic>

namespace farl {

using formats::BlockSeal;
using formats::kVolumeSlotSize;

Ref<CachedBlock> BlocksAhead::take(uint64_t index)
{
    if (index < first_ + next_ || index >= first_ + count_)
        return nullptr;
    for (; first_ + next_ < index; ++next_)
        blocks_[next_] = nullptr;
    return std::move(blocks_[next_++]);
}

void BlocksAhead::begin(uint64_t index)
{
    for (; next_ < count_; ++next_)
        blocks_[next_] = nullptr;
    first_ = index;
    next_ = count_ = 0;
}

uint64_t VolumeIo::next_number()
{
    static constinit std::atomic<uint64_t> next { 0 };
    return next.fetch_add(1);
}

// Contents by place, so that they are found without the nodes above. Nodes by nonce: those are random, and name blocks
// of all volumes and times.
BlockName VolumeIo::name_of(BlockPlace const& place, BlockSeal const& seal) const
{
    constexpr uint64_t kOfVolume = 1ull << 63;
    if (place.level == 0)
        return { .file = kOfVolume | number_ << 40 | place.file, .index = place.index, .level = 0 };
    BlockName name { .file = ~0ull };
    memcpy(&name.index, seal.nonce, sizeof(name.index));
    memcpy(&name.level, seal.nonce + sizeof(name.index), sizeof(name.level));
    static_assert(sizeof(name.index) + sizeof(name.level) == sizeof(seal.nonce));
    return name;
}

Result<Ref<CachedBlock>> VolumeIo::read(BlockPlace const& place, BlockSeal const& seal)
{
    if (auto cached = cache_.find(name_of(place, seal)))
        return cached;
    auto block = TRY(read_stored(place, seal));
    cache_.insert(name_of(place, seal), block);
    return block;
}

// How many lie side by side where the host keeps them.
size_t VolumeIo::stored_run(std::span<BlockSeal const> seals) const
{
    auto const most = seals.size() < kMostSlotsAtOnce ? seals.size() : kMostSlotsAtOnce;
    size_t count = 0;
    while (count < most && seals[count].slot == seals[0].slot + count && !is_waiting(seals[count].slot))
        ++count;
    return count;
}

Result<> VolumeIo::read_run(uint32_t slot, std::span<Ref<CachedBlock>> blocks)
{
    Vector<SlotBytes> places;
    TRY(places.reserve(blocks.size()));
    for (auto& block : blocks) {
        block = TRY(CachedBlock::create_unset());
        TRY(places.push(block->bytes()));
    }
    return device_.read(slot, places.span());
}

Result<Ref<CachedBlock>> VolumeIo::read_ahead(
    BlockPlace const& place, std::span<BlockSeal const> seals, BlocksAhead* ahead)
{
    if (auto cached = cache_.find(name_of(place, seals[0])))
        return cached;
    auto const count = stored_run(seals);
    if (count < 2)
        return read(place, seals[0]);
    Ref<CachedBlock> blocks[kMostSlotsAtOnce];
    TRY(read_run(seals[0].slot, std::span(blocks).first(count)));
    if (ahead)
        ahead->begin(place.index + 1);
    VectorScope vectors; // once for all of them
    for (size_t i = 0; i < count; ++i) {
        BlockPlace const own { place.file, place.level, place.index + i };
        auto opened = cipher_.open(own, seals[i], blocks[i]->bytes(), blocks[i]->bytes());
        if (opened.is_error() && i > 0)
            break; // an error for who reads that one
        TRY(opened);
        if (!ahead)
            cache_.insert(name_of(own, seals[i]), blocks[i]);
        else if (i > 0)
            ahead->add(std::move(blocks[i]));
    }
    return std::move(blocks[0]);
}

Result<Ref<CachedBlock>> VolumeIo::read_stored(BlockPlace const& place, BlockSeal const& seal)
{
    ASSERT(!seal.is_hole());
    auto block = TRY(CachedBlock::create_unset());
    if (is_waiting(seal.slot))
        memcpy(block->bytes().data(), run_->blocks[seal.slot - first_slot_], kVolumeSlotSize);
    else
        TRY(device_.read_one(seal.slot, block->bytes()));
    TRY(cipher_.open(place, seal, block->bytes(), block->bytes()));
    return block;
}

Result<Ref<CachedBlock>> VolumeIo::take(BlockPlace const& place, BlockSeal const& seal)
{
    auto block = cache_.take(name_of(place, seal));
    if (!block)
        return read_stored(place, seal);
    if (block->ref_count() == 1)
        return block;
    auto copy = TRY(CachedBlock::create_unset());
    memcpy(copy->bytes().data(), block->bytes().data(), kVolumeSlotSize);
    return copy;
}

Result<BlockSeal> VolumeIo::write(BlockPlace const& place, Ref<CachedBlock> const& block, Keeping keeping)
{
    if (!run_)
        run_ = TRY(make_owned<Run>());
    auto slot = TRY(place_in_run());
    TRY(count_seal());
    BlockSeal seal;
    TRY(cipher_.seal(place, block->bytes(), SlotBytes(run_->blocks[waiting_], kVolumeSlotSize), seal));
    ++waiting_;
    seal.slot = slot;
    if (keeping == Keeping::Cached)
        cache_.insert(name_of(place, seal), block);
    return seal;
}

// The next one in the run, or the first of the next run.
Result<uint32_t> VolumeIo::place_in_run()
{
    if (waiting_ == kMostSlotsAtOnce)
        TRY(write_out());
    auto const slot = TRY(slots_.allocate());
    if (waiting_ && slot != first_slot_ + waiting_) {
        if (auto written = write_out(); written.is_error()) {
            slots_.give_back(slot);
            return written.error();
        }
    }
    if (!waiting_)
        first_slot_ = slot;
    return slot;
}

// What could not be written stays, to be tried again.
Result<> VolumeIo::write_out()
{
    if (waiting_)
        TRY(device_.write(first_slot_, { run_->blocks[0], waiting_ * kVolumeSlotSize }));
    waiting_ = 0;
    return {};
}

Result<> VolumeIo::release(BlockSeal const& seal)
{
    return seal.is_hole() ? Result<> {} : slots_.release_later(seal.slot);
}

Result<> VolumeIo::count_seal()
{
    if (seals_ >= formats::kMostVolumeSeals)
        return Errno::Eoverflow;
    ++seals_;
    return {};
}

} // namespace farl
