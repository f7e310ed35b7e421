// BlockCache: verified blocks in plaintext, so that what is read again costs neither a host call nor cryptography.
// Bounded; each place has a few slots to be in, of which the clock gives one up that was not used lately. Any number of
// carriers may use it at once. A block that somebody holds lives on after it has left the cache.
#pragma once

#include "abi/formats/seal_tree.h"
#include "base/owned.h"
#include "base/ref.h"
#include "base/spinlock.h"
#include "base/vector.h"

namespace farl {

// Which block, of all that are cached.
struct BlockName {
    uint64_t file { 0 }; // 0: none
    uint64_t index { 0 };
    uint32_t level { 0 };
    bool operator==(BlockName const&) const = default;
};

// Immutable once others can see it.
class CachedBlock : public RefCounted<CachedBlock> {
public:
    // Of zeros.
    static Result<Ref<CachedBlock>> create();
    // Of whatever was in memory: for who writes all of it.
    static Result<Ref<CachedBlock>> create_unset();

    std::span<std::byte, formats::kSealedBlockSize> bytes() { return bytes_->all; }
    std::span<std::byte const, formats::kSealedBlockSize> bytes() const { return bytes_->all; }

private:
    friend class BlockCache;

    // Apart from the count, so that each is a whole page of the heap's.
    struct Bytes {
        std::byte all[formats::kSealedBlockSize];
    };
    explicit CachedBlock(Owned<Bytes> bytes) : bytes_(std::move(bytes)) { }

    static Result<Ref<CachedBlock>> create(Owned<Bytes> bytes);

    Owned<Bytes> bytes_;
    BlockName name_; // in the cache
};

class BlockCache {
public:
    // Of so many bytes of blocks, at least one group of sets. ENOMEM.
    static Result<Owned<BlockCache>> create(uint64_t size);

    // Null if it is not there.
    Ref<CachedBlock> find(BlockName const& name);
    // If it is there already, that one stays. A block has one name.
    void insert(BlockName const& name, Ref<CachedBlock> block);
    // It is not there any more. Null if it was not.
    Ref<CachedBlock> take(BlockName const& name);
    uint64_t capacity() const { return groups_.size() * kSetsInGroup * kWays; }

private:
    static constexpr size_t kWays = 8;
    static constexpr size_t kSetsInGroup = 8;

    // Made for processor caches: a search touches the first line, and of the blocks those whose tag is the same.
    struct alignas(64) Set {
        Spinlock lock;
        uint8_t hand { 0 };
        uint8_t was_used { 0 }; // a bit for each way
        uint32_t tags[kWays] {};
        Ref<CachedBlock> blocks[kWays];
    };
    struct Group {
        Set sets[kSetsInGroup];
    };
    struct Place {
        Set* set;
        uint32_t tag;
    };
    Place place_of(BlockName const& name);
    static size_t find(Place const& place, BlockName const& name); // kWays: it is not there
    static size_t victim(Set& set);

    Vector<Owned<Group>> groups_;
};

} // namespace farl
