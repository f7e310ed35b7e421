#include "enclave/fs/volume/volume_cipher.h"

#include "enclave/crypto/sha256.h"

#include <string_view>

namespace farl {

using namespace formats;

namespace {

template <typename T>
std::span<std::byte const> bytes_of(T const& value)
{
    return std::as_bytes(std::span(&value, 1));
}

template <typename T>
std::span<std::byte> writable_bytes_of(T& value)
{
    return std::as_writable_bytes(std::span(&value, 1));
}

SealedBlockPlace additional_of(BlockPlace const& place)
{
    return { .purpose = kSealsBlock, .file = place.file, .index = place.index, .level = place.level, .reserved = 0 };
}

SealedJournalPlace additional_of(AesGcm::Tag const& previous)
{
    SealedJournalPlace place { .purpose = kSealsJournal, .previous = {} };
    memcpy(place.previous, previous.data(), previous.size());
    return place;
}

template <typename Stored>
AesGcm::Nonce nonce_of(Stored const& stored)
{
    AesGcm::Nonce nonce;
    memcpy(nonce.data(), stored.nonce, nonce.size());
    return nonce;
}

template <typename Stored>
AesGcm::Tag tag_of(Stored const& stored)
{
    AesGcm::Tag tag;
    memcpy(tag.data(), stored.tag, tag.size());
    return tag;
}

} // namespace

Result<Owned<VolumeCipher>> VolumeCipher::create(VolumeKey const& key, VolumeId const& id)
{
    AesGcm::Key derived;
    constexpr std::string_view kInfo = "farl volume 1";
    TRY(hkdf_sha256(derived.bytes(), key.bytes(), id, std::as_bytes(std::span(kInfo))));
    auto* cipher = new (std::nothrow) VolumeCipher(derived, id);
    if (!cipher)
        return Errno::Enomem;
    return Owned<VolumeCipher>(cipher);
}

Result<> VolumeCipher::seal(BlockPlace const& place, SlotView plain, SlotBytes stored, BlockSeal& seal)
{
    auto const nonce = nonces_.take();
    memcpy(seal.nonce, nonce.data(), nonce.size());
    AesGcm::Tag tag;
    TRY(gcm_.seal(nonce, bytes_of(additional_of(place)), plain, stored, tag));
    memcpy(seal.tag, tag.data(), tag.size());
    return {};
}

Result<> VolumeCipher::open(BlockPlace const& place, BlockSeal const& seal, SlotView stored, SlotBytes plain) const
{
    return gcm_.open(nonce_of(seal), bytes_of(additional_of(place)), stored, tag_of(seal), plain);
}

Result<> VolumeCipher::seal(AesGcm::Tag const& previous, JournalBlock& block)
{
    auto const nonce = nonces_.take();
    memcpy(block.nonce, nonce.data(), nonce.size());
    block.reserved = 0;
    AesGcm::Tag tag;
    auto contents = writable_bytes_of(block.sealed);
    TRY(gcm_.seal(nonce, bytes_of(additional_of(previous)), contents, contents, tag));
    memcpy(block.tag, tag.data(), tag.size());
    return {};
}

Result<> VolumeCipher::open(AesGcm::Tag const& previous, JournalBlock& block) const
{
    auto contents = writable_bytes_of(block.sealed);
    return gcm_.open(nonce_of(block), bytes_of(additional_of(previous)), contents, tag_of(block), contents);
}

Result<Superblock> VolumeCipher::seal(Checkpoint const& checkpoint)
{
    Superblock superblock {};
    superblock.magic = kVolumeMagic;
    superblock.version = kVolumeVersion;
    memcpy(superblock.id, id_.data(), id_.size());
    auto clear = bytes_of(superblock).first<offsetof(Superblock, nonce)>();
    auto const nonce = nonces_.take();
    memcpy(superblock.nonce, nonce.data(), nonce.size());
    AesGcm::Tag tag;
    TRY(gcm_.seal(nonce, clear, bytes_of(checkpoint), superblock.sealed, tag));
    memcpy(superblock.tag, tag.data(), tag.size());
    return superblock;
}

Result<Checkpoint> VolumeCipher::open(Superblock const& superblock) const
{
    if (superblock.magic != kVolumeMagic || superblock.version != kVolumeVersion
        || memcmp(superblock.id, id_.data(), id_.size()) != 0)
        return Errno::Ebadmsg;
    Checkpoint checkpoint;
    auto clear = bytes_of(superblock).first<offsetof(Superblock, nonce)>();
    TRY(gcm_.open(nonce_of(superblock), clear, superblock.sealed, tag_of(superblock), writable_bytes_of(checkpoint)));
    return checkpoint;
}

} // namespace farl
