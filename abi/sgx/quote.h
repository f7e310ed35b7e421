// ECDSA quotes of SGX enclaves, versions 3 and 4: Intel SGX DCAP Quoting Library API, appendix A. Little-endian,
// packed.
#pragma once

#include "abi/sgx/report.h"

namespace farl::sgx {

inline constexpr uint16_t kAttestationKeyEcdsaP256 = 2;
inline constexpr uint32_t kTeeTypeSgx = 0;
inline constexpr std::array<uint8_t, 16> kQeVendorIntel { 0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A,
    0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07 };

struct QuoteHeader {
    uint16_t version;
    uint16_t attestation_key_type;
    uint32_t tee_type; // reserved and 0 in version 3
    uint16_t qe_svn;
    uint16_t pce_svn;
    std::array<uint8_t, 16> qe_vendor_id;
    std::array<std::byte, 20> user_data;
};
static_assert(sizeof(QuoteHeader) == 48);
static_assert(offsetof(QuoteHeader, qe_vendor_id) == 12);

// Two numbers of P-256, big-endian: r and s, or x and y.
using P256Pair = std::array<std::byte, 64>;

// How `certification data` says who made the attestation key.
enum class CertificationType : uint16_t {
    PckChain = 5, // PEM: leaf, intermediate, root
    QeReport = 6, // a QE report, its signature, and certification data of its own
};

} // namespace farl::sgx
