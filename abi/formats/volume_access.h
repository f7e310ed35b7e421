// VolumeAccess: how an enclave opens one of its volumes (docs/formats/volume.md), as the startup configuration has it.
// Every byte is specified in docs/formats/startup-config.md.
#pragma once

#include "abi/formats/record_block.h"

namespace farl::formats {

inline constexpr size_t kMostVolumes = 64; // of one enclave

// When a commit counts as done, so when fsync(2) returns: once the CAS knows of it, or as soon as it is on the disk.
enum class VolumeRollback : uint32_t {
    Strict = 0, // the CAS first: no older copy of the volume ever passes for the newest
    Lazy = 1,   // the CAS is told at intervals and at the end
    None = 2,   // never: an older copy passes
};

// Then the name, then the path.
struct VolumeAccessHeader {
    std::byte key[32];
    std::byte id[16];
    uint64_t sequence; // of the newest state that the CAS knows; 0: none
    std::byte tag[16]; // of it
    uint32_t rollback; // VolumeRollback
    uint32_t name_size;
};
static_assert(sizeof(VolumeAccessHeader) == 80);

struct VolumeAccess {
    Bytes key;
    Bytes id;
    uint64_t sequence;
    Bytes tag;
    VolumeRollback rollback;
    std::string_view name;
    std::string_view path; // absolute, of one spelling, not "/"
};

// Up to 63 letters, digits, '-', '_' and '.', the first a letter or digit, as names in sessions are.
bool is_volume_name(std::string_view name);

// EINVAL for what the format does not allow.
Result<VolumeAccess> checked_volume(Bytes payload);
// Of a payload that was checked.
VolumeAccess as_volume(Bytes payload);
// Whether one of two paths is, or leads through, the other.
bool are_nested(std::string_view path, std::string_view other);

} // namespace farl::formats
