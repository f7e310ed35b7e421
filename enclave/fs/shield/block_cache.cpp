#include "enclave/fs/shield/block_cache.h"

namespace farl {

Result<Ref<CachedBlock>> CachedBlock::create() { return create(Owned(new (std::nothrow) Bytes {})); }
Result<Ref<CachedBlock>> CachedBlock::create_unset() { return create(Owned(new (std::nothrow) Bytes)); }

Result<Ref<CachedBlock>> CachedBlock::create(Owned<Bytes> bytes)
{
    if (!bytes)
        return Errno::Enomem;
    auto* block = new (std::nothrow) CachedBlock(std::move(bytes));
    if (!block)
        return Errno::Enomem;
    return adopt_ref(*block);
}

Result<Owned<BlockCache>> BlockCache::create(uint64_t size)
{
    auto cache = TRY(make_owned<BlockCache>());
    auto const groups = size / (kSetsInGroup * kWays * formats::kSealedBlockSize);
    do {
        TRY(cache->groups_.push(TRY(make_owned<Group>())));
    } while (cache->groups_.size() < groups);
    return cache;
}

// Neighbours of one file lie in neighbouring sets.
BlockCache::Place BlockCache::place_of(BlockName const& name)
{
    constexpr uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;
    auto const hash = (name.file * 8 + name.level) * kGolden;
    auto const set = ((hash >> 20) + name.index) % (groups_.size() * kSetsInGroup);
    auto const tag = static_cast<uint32_t>((hash ^ name.index * kGolden) >> 32);
    return { &groups_[set / kSetsInGroup]->sets[set % kSetsInGroup], tag };
}

size_t BlockCache::find(Place const& place, BlockName const& name)
{
    auto const& set = *place.set;
    size_t way = 0;
    while (way < kWays && !(set.tags[way] == place.tag && set.blocks[way] && set.blocks[way]->name_ == name))
        ++way;
    return way;
}

Ref<CachedBlock> BlockCache::find(BlockName const& name)
{
    auto const place = place_of(name);
    auto& set = *place.set;
    LockGuard guard(set.lock);
    auto const way = find(place, name);
    if (way == kWays)
        return nullptr;
    set.was_used = static_cast<uint8_t>(set.was_used | 1u << way);
    return set.blocks[way];
}

size_t BlockCache::victim(Set& set)
{
    for (size_t way = 0; way < kWays; ++way)
        if (!set.blocks[way])
            return way;
    for (;;) {
        size_t const way = set.hand;
        auto const bit = static_cast<uint8_t>(1u << way);
        set.hand = static_cast<uint8_t>((way + 1) % kWays);
        if (!(set.was_used & bit))
            return way;
        set.was_used = static_cast<uint8_t>(set.was_used & ~bit);
    }
}

void BlockCache::insert(BlockName const& name, Ref<CachedBlock> block)
{
    Ref<CachedBlock> old; // goes when the lock is free
    auto const place = place_of(name);
    auto& set = *place.set;
    LockGuard guard(set.lock);
    if (find(place, name) < kWays)
        return;
    auto const way = victim(set);
    old = std::move(set.blocks[way]);
    block->name_ = name;
    set.tags[way] = place.tag;
    set.blocks[way] = std::move(block);
}

Ref<CachedBlock> BlockCache::take(BlockName const& name)
{
    auto const place = place_of(name);
    LockGuard guard(place.set->lock);
    auto const way = find(place, name);
    return way < kWays ? std::move(place.set->blocks[way]) : nullptr;
}

} // namespace farl
