// VolumeRecord: what a CAS keeps of one volume, as bytes before they are sealed. docs/formats/cas-store.md.
#pragma once

#include "owner/policy/session.h"

namespace farl::owner {

// How many commits a volume has had, and the tag of the last one (docs/formats/volume.md).
struct VolumeState {
    uint64_t sequence { 0 };
    std::array<std::byte, 16> tag {};
    bool operator==(VolumeState const&) const = default;
};

struct VolumeRecord {
    Secret key; // 32 bytes
    std::array<std::byte, 16> id {};
    VolumeState newest;
    Hash holder {};            // the key of the enclave whose volume it is at the moment; zeros: nobody's
    uint64_t held_until { 0 }; // by the clock of the CAS; others take over from then on
};

// Of a new volume, at random.
VolumeRecord make_volume();

Secret encode(VolumeRecord const& record);
// None if `bytes` are no record.
std::optional<VolumeRecord> decode_volume_record(std::string_view bytes);

} // namespace farl::owner
