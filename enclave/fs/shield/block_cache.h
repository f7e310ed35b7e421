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

// Immutable once others can see it.
class CachedBlock : public RefCounted<CachedBlock> {
public:
    // Of zeros.
    static Result<Ref<CachedBlock>> create();

    std::span<std::byte, formats::kSealedBlockSize> bytes() { return bytes_->all; }
    std::span<std::byte const, formats::kSealedBlockSize> bytes() const { return bytes_->all; }

private:
    // Apart from the count, so that each is a whole page of the heap's.
    struct Bytes {
        std::byte all[formats::kSealedBlockSize];
    };
    explicit CachedBlock(Owned<Bytes> bytes) : bytes_(std::move(bytes)) { }

    Owned<Bytes> bytes_;
};

// Which block, of all that are cached.
struct BlockName {
    uint64_t file { 0 }; // 0: none
    uint64_t index { 0 };
    uint32_t level { 0 };
    bool operator==(BlockName const&) const = default;
};

class BlockCache {
public:
    // Of so many bytes of blocks, at least one set. ENOMEM.
    static Result<Owned<BlockCache>> create(uint64_t size);

    // Null if it is not there.
    Ref<CachedBlock> find(BlockName const& name);
    // If it is there already, that one stays.
    void insert(BlockName const& name, Ref<CachedBlock> block);
    uint64_t capacity() const { return sets_.size() * kWays; }

private:
    static constexpr size_t kWays = 8;

    struct Slot {
        BlockName name;
        Ref<CachedBlock> block;
        bool was_used { false };
    };
    struct Set {
        Spinlock lock;
        uint8_t hand { 0 };
        Slot slots[kWays];
    };
    Set& set_of(BlockName const& name);
    static Slot& victim(Set& set);

    Vector<Owned<Set>> sets_;
};

} // namespace farl
