#include "enclave/fs/shield/block_cache.h"

namespace farl {

Result<Ref<CachedBlock>> CachedBlock::create()
{
    auto* bytes = new (std::nothrow) Bytes {};
    if (!bytes)
        return Errno::Enomem;
    Owned<Bytes> owned(bytes);
    auto* block = new (std::nothrow) CachedBlock(std::move(owned));
    if (!block)
        return Errno::Enomem;
    return adopt_ref(*block);
}

Result<Owned<BlockCache>> BlockCache::create(uint64_t size)
{
    auto cache = TRY(make_owned<BlockCache>());
    auto const sets = size / (kWays * formats::kSealedBlockSize);
    do {
        TRY(cache->sets_.push(TRY(make_owned<Set>())));
    } while (cache->sets_.size() < sets);
    return cache;
}

// Neighbours of one file lie in neighbouring sets.
BlockCache::Set& BlockCache::set_of(BlockName const& name)
{
    constexpr uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;
    auto const start = (name.file * 8 + name.level) * kGolden >> 20;
    return *sets_[(start + name.index) % sets_.size()];
}

Ref<CachedBlock> BlockCache::find(BlockName const& name)
{
    auto& set = set_of(name);
    LockGuard guard(set.lock);
    for (auto& slot : set.slots)
        if (slot.name == name) {
            slot.was_used = true;
            return slot.block;
        }
    return nullptr;
}

BlockCache::Slot& BlockCache::victim(Set& set)
{
    for (;;) {
        auto& slot = set.slots[set.hand];
        set.hand = static_cast<uint8_t>((set.hand + 1) % kWays);
        if (!slot.was_used)
            return slot;
        slot.was_used = false;
    }
}

void BlockCache::insert(BlockName const& name, Ref<CachedBlock> block)
{
    Ref<CachedBlock> old; // goes when the lock is free
    auto& set = set_of(name);
    LockGuard guard(set.lock);
    for (auto const& slot : set.slots)
        if (slot.name == name)
            return;
    auto& slot = victim(set);
    old = std::move(slot.block);
    slot = { name, std::move(block), false };
}

} // namespace farl
