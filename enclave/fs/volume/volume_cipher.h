// VolumeCipher: seals and opens what a volume stores (docs/formats/volume.md). One key serves for
// kMostVolumeSeals; who counts them is VolumeStore.
#pragma once

#include "abi/formats/volume.h"
#include "base/owned.h"
#include "enclave/crypto/nonce_pool.h"
#include "enclave/fs/volume/volume_device.h"

namespace farl {

using VolumeKey = Secret<32>;
using VolumeId = std::array<std::byte, 16>;
using SlotView = std::span<std::byte const, formats::kVolumeSlotSize>;

// Which block of which file.
struct BlockPlace {
    uint64_t file;
    uint32_t level; // 0: contents; 1 and up: nodes of the tree
    uint64_t index;
};

class VolumeCipher { // seals for one caller at a time, opens for any number
public:
    // ENOMEM
    static Result<Owned<VolumeCipher>> create(VolumeKey const& key, VolumeId const& id);

    // Fills in nonce and tag; the slot is the caller's.
    Result<> seal(BlockPlace const& place, SlotView plain, SlotBytes stored, formats::BlockSeal& seal);
    // EBADMSG if it is anything else than what was sealed so. Both may be the same bytes.
    Result<> open(BlockPlace const& place, formats::BlockSeal const& seal, SlotView stored, SlotBytes plain) const;

    Result<> seal(AesGcm::Tag const& previous, formats::JournalBlock& block);
    Result<> open(AesGcm::Tag const& previous, formats::JournalBlock& block) const;

    Result<formats::Superblock> seal(formats::Checkpoint const& checkpoint);
    Result<formats::Checkpoint> open(formats::Superblock const& superblock) const;

private:
    explicit VolumeCipher(AesGcm::Key const& key, VolumeId const& id) : gcm_(key), id_(id) { }

    AesGcm gcm_;
    NoncePool nonces_;
    VolumeId id_;
};

} // namespace farl
