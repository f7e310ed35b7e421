// VolumeIo: blocks of a volume on their way to and from its slots: sealed into a new slot each time, in runs; opened,
// and refused if they are not what was sealed last. Those that were used lately are in the cache.
#pragma once

#include "base/vector.h"
#include "enclave/fs/shield/block_cache.h"
#include "enclave/fs/volume/slot_map.h"
#include "enclave/fs/volume/volume_cipher.h"
#include "enclave/fs/volume/volume_device.h"

namespace farl {

// Blocks of one file that were read on the way to others, for whoever reads on. Not locked.
class BlocksAhead {
public:
    static constexpr size_t kMost = 64;
    // Null unless it is there. Whoever takes it has it, and those before it are of no use any more.
    Ref<CachedBlock> take(uint64_t index);
    void begin(uint64_t index);
    void add(Ref<CachedBlock> block) { blocks_[count_++] = std::move(block); }

private:
    Ref<CachedBlock> blocks_[kMost];
    uint64_t first_ { 0 };
    size_t next_ { 0 }, count_ { 0 };
};

// Whether contents are likely to be read again before many others are.
enum class Keeping { Cached, NotCached };

class VolumeIo {
public:
    // All of it outlives this object. `seals` is how many the key has made.
    VolumeIo(VolumeDevice& device, VolumeCipher& cipher, SlotMap& slots, BlockCache& cache, uint64_t seals)
        : number_(next_number()),
          device_(device),
          cipher_(cipher),
          slots_(slots),
          cache_(cache),
          seals_(seals)
    {
    }

    // Of no hole. EBADMSG if it is not the block that belongs there; EIO if it cannot be had.
    Result<Ref<CachedBlock>> read(BlockPlace const& place, formats::BlockSeal const& seal);
    // The first of several that follow each other, and on the way those behind it that are stored side by side. With
    // `ahead` these go there, and none into the cache.
    Result<Ref<CachedBlock>> read_ahead(
        BlockPlace const& place, std::span<formats::BlockSeal const> seals, BlocksAhead* ahead);
    // The same, but from where it is stored in any case.
    Result<Ref<CachedBlock>> read_stored(BlockPlace const& place, formats::BlockSeal const& seal);
    // A block that nobody else sees, to be changed; it is not cached any more. The same errors.
    Result<Ref<CachedBlock>> take(BlockPlace const& place, formats::BlockSeal const& seal);
    // Into a slot of its own: written at the latest when write_out() returns. Nobody may change the block any more.
    // ENOSPC: nothing has happened, and it may go well another time. ENOMEM, EIO; EOVERFLOW when the key has made all
    // the seals that it may.
    Result<formats::BlockSeal> write(
        BlockPlace const& place, Ref<CachedBlock> const& block, Keeping keeping = Keeping::Cached);
    Result<> write_out();
    Result<> release(formats::BlockSeal const& seal);
    // Contents, if they were used lately and have not changed since. Needs no lock of the store's.
    Ref<CachedBlock> find_cached(uint64_t file, uint64_t index) { return cache_.find(name_of({ file, 0, index }, {})); }
    // They are going to change.
    void forget_cached(uint64_t file, uint64_t index) { (void)cache_.take(name_of({ file, 0, index }, {})); }
    Result<> count_seal();
    // Contents that wait in memory to be written: one more, or one less.
    void count_waiting(int change) { waiting_contents_ += static_cast<uint64_t>(change); }
    uint64_t waiting_contents() const { return waiting_contents_; }

    uint64_t cached_at_most() const { return cache_.capacity(); }
    VolumeDevice& device() { return device_; }
    VolumeCipher& cipher() { return cipher_; }
    SlotMap& slots() { return slots_; }
    uint64_t seals() const { return seals_; }

private:
    static constexpr size_t kMostSlotsAtOnce = 64;
    static_assert(kMostSlotsAtOnce <= BlocksAhead::kMost);
    Result<uint32_t> place_in_run();
    Result<> read_run(uint32_t slot, std::span<Ref<CachedBlock>> blocks);
    size_t stored_run(std::span<formats::BlockSeal const> seals) const;
    static uint64_t next_number();
    BlockName name_of(BlockPlace const& place, formats::BlockSeal const& seal) const;

    uint64_t number_; // tells volumes apart in the cache
    VolumeDevice& device_;
    VolumeCipher& cipher_;
    SlotMap& slots_;
    BlockCache& cache_;
    uint64_t seals_;
    uint64_t waiting_contents_ { 0 };
    // Sealed blocks for slots from first_slot_ on.
    struct Run {
        std::byte blocks[kMostSlotsAtOnce][formats::kVolumeSlotSize];
    };
    bool is_waiting(uint32_t slot) const { return slot >= first_slot_ && slot - first_slot_ < waiting_; }

    Owned<Run> run_;
    uint32_t first_slot_ { 0 };
    uint32_t waiting_ { 0 };
};

} // namespace farl
