// SECS: the control structure of an enclave. SDM vol. 3D, "SGX Enclave Control Structure (SECS)".
#pragma once

#include "abi/sgx/attributes.h"

#include <array>
#include <cstddef>

namespace farl::sgx {

using Hash = std::array<std::byte, 32>;

struct Secs {
    uint64_t size { 0 };
    uint64_t base { 0 };
    uint32_t ssa_frame_pages { 0 };
    uint32_t misc_select { 0 };
    uint64_t cet_legacy_bitmap_offset { 0 };
    uint8_t cet_attributes { 0 };
    uint8_t reserved1[15] {};
    Attributes attributes;
    Hash mrenclave {};
    uint8_t reserved2[32] {};
    Hash mrsigner {};
    uint8_t reserved3[32] {};
    std::array<std::byte, 64> config_id {};
    uint16_t isv_prod_id { 0 };
    uint16_t isv_svn { 0 };
    uint16_t config_svn { 0 };
    uint8_t reserved4[3834] {};
};
static_assert(sizeof(Secs) == 4096);
static_assert(offsetof(Secs, attributes) == 48);
static_assert(offsetof(Secs, mrenclave) == 64);
static_assert(offsetof(Secs, mrsigner) == 128);
static_assert(offsetof(Secs, config_id) == 192);
static_assert(offsetof(Secs, isv_prod_id) == 256);
static_assert(offsetof(Secs, reserved4) == 262);

} // namespace farl::sgx
