#include "enclave/fs/ephemeral/outside_blocks.h"

#include "enclave/crypto/random.h"
#include "enclave/hostcall/arena.h"
#include "enclave/hostcall/log.h"

namespace farl {

namespace {
constinit EphemeralStorage the_storage;
}

EphemeralStorage& ephemeral_storage() { return the_storage; }

Result<> limit_ephemeral_storage(uint64_t bytes_inside)
{
    AesGcm::Key key;
    fill_random(key.bytes().data(), key.bytes().size());
    the_storage.outside = TRY(make_owned<OutsideBlocks>(key)).release();
    the_storage.most_blocks_inside = bytes_inside / OutsideBlocks::kBlockSize;
    return {};
}

AesGcm::Nonce OutsideBlocks::nonce_of(uint64_t number)
{
    AesGcm::Nonce nonce {};
    memcpy(nonce.data(), &number, sizeof(number));
    return nonce;
}

Result<HostAddress> OutsideBlocks::free_place()
{
    LockGuard guard(lock_);
    if (free_.is_empty()) {
        constexpr size_t kPlaces = kPieceSize / kBlockSize;
        TRY(free_.reserve(place_count_ + kPlaces));
        auto const piece = TRY(host_arena().allocate(kPieceSize));
        place_count_ += kPlaces;
        for (size_t i = kPlaces; i-- > 0;)
            TRY(free_.push(piece + i * kBlockSize));
    }
    auto place = free_.last();
    free_.pop();
    return place;
}

Result<Owned<OutsideBlocks::Block>> OutsideBlocks::put(std::span<std::byte const, kBlockSize> bytes)
{
    struct Room {
        std::byte all[kBlockSize];
    };
    auto sealed = TRY(make_owned<Room>());
    auto block = TRY(make_owned<Block>());
    block->nonce = next_nonce_.fetch_add(1);
    TRY(cipher_.seal(nonce_of(block->nonce), {}, bytes, sealed->all, block->tag));
    block->place = TRY(free_place());
    host_copy_out(block->place, sealed->all, kBlockSize);
    return block;
}

// HOST: copied inside once, then verified there by what was kept inside.
Result<> OutsideBlocks::get(Block const& block, std::span<std::byte, kBlockSize> bytes) const
{
    host_copy_in(bytes.data(), block.place, kBlockSize);
    if (cipher_.open(nonce_of(block.nonce), {}, bytes, block.tag, bytes).is_ok())
        return {};
    Log(LogLevel::Error)
        << "a block of a file in enclave memory that was kept outside, encrypted, is not what it was: the "
           "host has changed it";
    return Errno::Eio;
}

void OutsideBlocks::drop(Owned<Block> block)
{
    LockGuard guard(lock_);
    MUST(free_.push(block->place)); // there is room
}

} // namespace farl
