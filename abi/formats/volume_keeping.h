// What an enclave and a CAS say to each other about volumes while it runs: this is a volume's newest state, keep it; it
// is kept, and so is the lease. docs/formats/cas-protocol.md. Refused with a denial (abi/formats/admission.h).
#pragma once

#include "abi/formats/volume_access.h"

#include <array>

namespace farl::formats {

inline constexpr BlockKind kKeepRequest { 0x5045'454b'4c52'4146, 1, 4096 }; // "FARLKEEP"
inline constexpr BlockKind kKept { 0x5450'454b'4c52'4146, 1, 4096 };        // "FARLKEPT"

enum class KeepRecord : uint32_t {
    Service = 1, // text "SESSION/SERVICE"; exactly one
    State = 2,   // VolumeStateHeader, then the volume's name; exactly one
};

enum class KeptRecord : uint32_t {
    Lease = 1, // seconds, 4 bytes: how much longer the volume is this enclave's; 0: not any more; exactly one
};

struct VolumeStateHeader {
    uint64_t sequence;
    std::byte tag[16];
    uint32_t is_last; // 1: the volume is given back, 0: it is not
    uint32_t reserved;
};
static_assert(sizeof(VolumeStateHeader) == 32);

struct KeepRequest {
    std::string_view service;
    std::string_view volume;
    uint64_t sequence;
    std::array<std::byte, 16> tag;
    bool is_last;
};

// EINVAL for anything that the format does not allow, bytes after the block included.
Result<KeepRequest> parse_keep_request(Bytes block);
Result<uint32_t> parse_kept(Bytes block);
bool is_keep_request(Bytes block);

size_t keep_request_size(KeepRequest const& request);
// `room` has that size.
void write_keep_request(std::span<std::byte> room, KeepRequest const& request);
size_t kept_size();
void write_kept(std::span<std::byte> room, uint32_t lease_seconds);

} // namespace farl::formats
