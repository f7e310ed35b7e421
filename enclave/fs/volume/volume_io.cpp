#include "enclave/fs/volume/volume_io.h"

namespace farl {

using formats::BlockSeal;
using formats::kVolumeSlotSize;

BlockName VolumeIo::name_of(BlockSeal const& seal)
{
    BlockName name { .file = ~0ull };
    memcpy(&name.index, seal.nonce, sizeof(name.index));
    memcpy(&name.level, seal.nonce + sizeof(name.index), sizeof(name.level));
    static_assert(sizeof(name.index) + sizeof(name.level) == sizeof(seal.nonce));
    return name;
}

Result<Ref<CachedBlock>> VolumeIo::read(BlockPlace const& place, BlockSeal const& seal)
{
    if (auto cached = cache_.find(name_of(seal)))
        return cached;
    auto block = TRY(read_stored(place, seal));
    cache_.insert(name_of(seal), block);
    return block;
}

Result<Ref<CachedBlock>> VolumeIo::read_stored(BlockPlace const& place, BlockSeal const& seal)
{
    ASSERT(!seal.is_hole());
    auto block = TRY(CachedBlock::create());
    if (auto waiting = run_.size() / kVolumeSlotSize; seal.slot >= first_slot_ && seal.slot - first_slot_ < waiting)
        memcpy(block->bytes().data(), run_.data() + (seal.slot - first_slot_) * kVolumeSlotSize, kVolumeSlotSize);
    else
        TRY(device_.read(seal.slot, block->bytes()));
    TRY(cipher_.open(place, seal, block->bytes()));
    return block;
}

Result<BlockSeal> VolumeIo::write(BlockPlace const& place, Ref<CachedBlock> const& block)
{
    TRY(count_seal());
    auto slot = TRY(slots_.allocate());
    auto waiting = run_.size() / kVolumeSlotSize;
    if (waiting == kMostSlotsAtOnce || (waiting && slot != first_slot_ + waiting))
        TRY(write_out());
    if (run_.is_empty())
        first_slot_ = slot;
    auto offset = run_.size();
    TRY(run_.reserve(kMostSlotsAtOnce * kVolumeSlotSize));
    TRY(run_.resize(offset + kVolumeSlotSize));
    BlockSeal seal;
    TRY(cipher_.seal(place, block->bytes(), SlotBytes(run_.data() + offset, kVolumeSlotSize), seal));
    seal.slot = slot;
    cache_.insert(name_of(seal), block);
    return seal;
}

Result<> VolumeIo::write_out()
{
    if (run_.is_empty())
        return {};
    auto result = device_.write(first_slot_, run_.span());
    run_.clear();
    return result;
}

Result<> VolumeIo::release(BlockSeal const& seal)
{
    return seal.is_hole() ? Result<> {} : slots_.release_later(seal.slot);
}

Result<> VolumeIo::count_seal()
{
    if (seals_ >= VolumeCipher::kMostSeals)
        return Errno::Eoverflow;
    ++seals_;
    return {};
}

} // namespace farl
