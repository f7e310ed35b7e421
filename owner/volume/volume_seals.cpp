#include "owner/volume/volume_seals.h"

#include "owner/keys/openssl.h"
#include "owner/keys/sealing.h"

#include <algorithm>
#include <openssl/rand.h>

namespace farl::owner {

using namespace formats;

namespace {

template <typename T>
std::string_view text_of(T const& value)
{
    return { reinterpret_cast<char const*>(&value), sizeof(value) };
}

SealedBlockPlace additional_of(BlockPlace const& place)
{
    return { .purpose = kSealsBlock, .file = place.file, .index = place.index, .level = place.level, .reserved = 0 };
}

SealingNonce random_nonce()
{
    SealingNonce nonce;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), static_cast<int>(nonce.size())) == 1,
        "make random bytes");
    return nonce;
}

SealingNonce nonce_from(std::byte const (&bytes)[12])
{
    SealingNonce nonce;
    std::memcpy(nonce.data(), bytes, nonce.size());
    return nonce;
}

// `contents` and behind them the tag, which are apart in a volume.
std::optional<Secret> opened(Secret const& key, SealingNonce const& nonce, std::string_view additional,
    std::span<std::byte const> contents, std::byte const (&tag)[16])
{
    std::vector<std::byte> sealed(contents.begin(), contents.end());
    sealed.insert(sealed.end(), tag, tag + sizeof(tag));
    return open_sealed(key, nonce, additional, sealed);
}

template <typename T>
std::optional<T> value_of(std::optional<Secret> const& bytes)
{
    T value;
    if (!bytes || bytes->size() != sizeof(value))
        return {};
    std::memcpy(static_cast<void*>(&value), bytes->reveal().data(), sizeof(value));
    return value;
}

} // namespace

VolumeSeals::VolumeSeals(Secret const& key, VolumeId const& id)
    : key_(derive_sealing_key(key, text_of(id), "farl volume 1")),
      id_(id)
{
}

std::optional<SlotData> VolumeSeals::open(BlockPlace const& place, BlockSeal const& seal, SlotData const& stored) const
{
    return value_of<SlotData>(opened(key_, nonce_from(seal.nonce), text_of(additional_of(place)), stored, seal.tag));
}

std::optional<JournalBlock::Sealed> VolumeSeals::open(StoreTag const& previous, SlotData const& stored) const
{
    JournalBlock block;
    std::memcpy(static_cast<void*>(&block), stored.data(), sizeof(block));
    SealedJournalPlace place { .purpose = kSealsJournal, .previous = {} };
    std::memcpy(place.previous, previous.data(), previous.size());
    auto const contents = std::as_bytes(std::span(&block.sealed, 1));
    return value_of<JournalBlock::Sealed>(opened(key_, nonce_from(block.nonce), text_of(place), contents, block.tag));
}

std::optional<Checkpoint> VolumeSeals::open(SlotData const& stored) const
{
    Superblock superblock;
    std::memcpy(static_cast<void*>(&superblock), stored.data(), sizeof(superblock));
    if (superblock.magic != kVolumeMagic || superblock.version != kVolumeVersion
        || std::memcmp(superblock.id, id_.data(), id_.size()) != 0)
        return {};
    auto const clear = text_of(superblock).substr(0, offsetof(Superblock, nonce));
    return value_of<Checkpoint>(opened(key_, nonce_from(superblock.nonce), clear, superblock.sealed, superblock.tag));
}

std::pair<SlotData, BlockSeal> VolumeSeals::seal(BlockPlace const& place, SlotData const& plain) const
{
    auto const nonce = random_nonce();
    std::vector<std::byte> sealed(plain.size() + kSealingTagSize);
    owner::seal(key_, nonce, text_of(additional_of(place)), text_of(plain), sealed);
    std::pair<SlotData, BlockSeal> made {};
    std::copy_n(sealed.begin(), plain.size(), made.first.begin());
    std::ranges::copy(nonce, made.second.nonce);
    std::copy_n(sealed.begin() + static_cast<std::ptrdiff_t>(plain.size()), kSealingTagSize, made.second.tag);
    return made;
}

SlotData VolumeSeals::seal(Checkpoint const& checkpoint) const
{
    auto const nonce = random_nonce();
    Superblock superblock {};
    superblock.magic = kVolumeMagic;
    superblock.version = kVolumeVersion;
    std::ranges::copy(id_, superblock.id);
    std::ranges::copy(nonce, superblock.nonce);
    std::vector<std::byte> sealed(sizeof(checkpoint) + kSealingTagSize);
    owner::seal(key_, nonce, text_of(superblock).substr(0, offsetof(Superblock, nonce)), text_of(checkpoint), sealed);
    std::copy_n(sealed.begin(), sizeof(checkpoint), superblock.sealed);
    std::copy_n(sealed.begin() + sizeof(checkpoint), kSealingTagSize, superblock.tag);
    SlotData stored;
    std::memcpy(stored.data(), &superblock, stored.size());
    return stored;
}

} // namespace farl::owner
