// VolumeSeals: seals and opens what a volume stores, after docs/formats/volume.md, with the owner's cryptography. Its
// counterpart in enclaves is enclave/fs/volume/volume_cipher.h; neither knows the other, so each is a check of it.
#pragma once

#include "owner/keys/secret.h"
#include "owner/volume/store_file.h"

#include <optional>

namespace farl::owner {

inline constexpr size_t kVolumeKeySize = 32;
using VolumeId = std::array<std::byte, 16>;
using StoreTag = std::array<std::byte, 16>;

// How many commits a volume has had, and the tag of the last one.
struct StoreState {
    uint64_t sequence { 0 };
    StoreTag tag {};
    bool operator==(StoreState const&) const = default;
};

// Which block of which file; level 0: contents, 1 and up: nodes of its tree.
struct BlockPlace {
    uint64_t file;
    uint32_t level;
    uint64_t index;
};

class VolumeSeals {
public:
    // `key` has 32 bytes. Throws CryptographyFailure, as all of it.
    VolumeSeals(Secret const& key, VolumeId const& id);

    // None for anything but what was sealed so.
    std::optional<SlotData> open(BlockPlace const& place, formats::BlockSeal const& seal, SlotData const& stored) const;
    std::optional<formats::JournalBlock::Sealed> open(StoreTag const& previous, SlotData const& stored) const;
    std::optional<formats::Checkpoint> open(SlotData const& superblock) const;

    // What is to be stored, and how it is found; the slot is the caller's.
    std::pair<SlotData, formats::BlockSeal> seal(BlockPlace const& place, SlotData const& plain) const;
    SlotData seal(formats::Checkpoint const& checkpoint) const;

private:
    Secret key_;
    VolumeId id_;
};

} // namespace farl::owner
