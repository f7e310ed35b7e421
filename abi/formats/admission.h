// What an enclave and a CAS say to each other besides the startup configuration: the request for one, the request for
// newer credentials (abi/formats/credentials.h), which has the same form, and the denial of either.
// docs/formats/cas-protocol.md. Each is a record block; readers give views into it.
#pragma once

#include "abi/formats/record_block.h"

namespace farl::formats {

// Before each block: its size in 4 bytes, big-endian.
inline constexpr size_t kMessagePrefixSize = 4;
inline constexpr size_t kLargestMessage = 4 << 20;

inline constexpr BlockKind kRequest { 0x3151'4552'4c52'4146, 1, 4096 };    // "FARLREQ1"
inline constexpr BlockKind kRenewal { 0x574e'4552'4c52'4146, 1, 4096 };    // "FARLRENW"
inline constexpr BlockKind kDenial { 0x594e'4544'4c52'4146, 1, 64 << 10 }; // "FARLDENY"

enum class RequestRecord : uint32_t {
    Service = 1, // text "SESSION/SERVICE"; exactly one
};

enum class DenialRecord : uint32_t {
    Reason = 1,      // text: lower-case letters and hyphens, for programs; exactly one
    Explanation = 2, // text for the operator, without secrets; exactly one
};

// Printable: who writes it on a terminal need not look at it again. UTF-8 is passed on.
struct Denial {
    std::string_view reason;
    std::string_view explanation;
};

// EINVAL for anything that the format does not allow, bytes after the block included.
Result<std::string_view> parse_request(Bytes block, BlockKind const& kind = kRequest);
bool is_renewal(Bytes block);
Result<Denial> parse_denial(Bytes block);
// Whether it claims to be one: what is no denial has to be a startup configuration.
bool is_denial(Bytes block);

size_t request_size(std::string_view service);
// `room` has that size.
void write_request(std::span<std::byte> room, std::string_view service, BlockKind const& kind = kRequest);
size_t denial_size(Denial const& denial);
void write_denial(std::span<std::byte> room, Denial const& denial);

} // namespace farl::formats
