// SIGSTRUCT: the signature of an enclave. SDM vol. 3D, "Enclave Signature Structure (SIGSTRUCT)".
// Numbers (modulus, signature, q1, q2) are little-endian. The signature covers bytes 0-127 and 900-1027.
#pragma once

#include "abi/sgx/secs.h"

#include <span>

namespace farl::sgx {

inline constexpr size_t kModulusSize = 384;
using Number3072 = std::array<std::byte, kModulusSize>;

struct SigStruct {
    std::array<uint8_t, 16> header;
    uint32_t vendor;
    uint32_t date;
    std::array<uint8_t, 16> header2;
    uint32_t sw_defined;
    uint8_t reserved1[84];
    Number3072 modulus;
    uint32_t exponent;
    Number3072 signature;
    uint32_t misc_select;
    uint32_t misc_mask;
    uint8_t cet_attributes;
    uint8_t cet_attributes_mask;
    uint8_t reserved2[2];
    std::array<std::byte, 16> isv_family_id;
    Attributes attributes;
    Attributes attribute_mask;
    Hash enclave_hash;
    uint8_t reserved3[16];
    std::array<std::byte, 16> isv_ext_prod_id;
    uint16_t isv_prod_id;
    uint16_t isv_svn;
    uint8_t reserved4[12];
    Number3072 q1;
    Number3072 q2;

    std::span<std::byte const, 128> signed_header() const
    {
        return std::span<std::byte const, 128>(reinterpret_cast<std::byte const*>(this), 128);
    }
    std::span<std::byte const, 128> signed_body() const
    {
        return std::span<std::byte const, 128>(reinterpret_cast<std::byte const*>(this) + 900, 128);
    }
};
static_assert(sizeof(SigStruct) == 1808);
static_assert(offsetof(SigStruct, modulus) == 128);
static_assert(offsetof(SigStruct, signature) == 516);
static_assert(offsetof(SigStruct, misc_select) == 900);
static_assert(offsetof(SigStruct, isv_family_id) == 912);
static_assert(offsetof(SigStruct, attributes) == 928);
static_assert(offsetof(SigStruct, attribute_mask) == 944);
static_assert(offsetof(SigStruct, enclave_hash) == 960);
static_assert(offsetof(SigStruct, isv_ext_prod_id) == 1008);
static_assert(offsetof(SigStruct, isv_prod_id) == 1024);
static_assert(offsetof(SigStruct, q1) == 1040);
static_assert(offsetof(SigStruct, q2) == 1424);

inline constexpr std::array<uint8_t, 16> kSigStructHeader { 0x06, 0, 0, 0, 0xE1, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 0, 0 };
inline constexpr std::array<uint8_t, 16> kSigStructHeader2 { 0x01, 0x01, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 0x01, 0, 0,
    0 };
inline constexpr uint32_t kSigStructExponent = 3;

} // namespace farl::sgx
