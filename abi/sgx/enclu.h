// The leaves of ENCLU (SDM vol. 3D, "Intel SGX Instructions") and how enclave code marks where it uses them.
//
// An ENCLU site is 16 bytes, aligned to 16: 0F 01 D7 and NOPs; its address is listed as `.long site - .` in the
// allocated section .farl.enclu. The emulator replaces each site, after measurement, by a jump to its own code.
#pragma once

#include <array>
#include <cstdint>

namespace farl::sgx {

enum class EncluLeaf : uint32_t {
    Ereport = 0,
    Egetkey = 1,
    Eenter = 2,
    Eresume = 3,
    Eexit = 4,
    Eaccept = 5,
    Emodpe = 6,
    Eacceptcopy = 7,
};

// Error codes of the page operations, in RAX. SDM vol. 3D, "Error Codes".
enum class PageStatus : uint64_t {
    Success = 0,
    NotTracked = 11,
    AttributesMismatch = 19,
    NotModifiable = 20,
};

inline constexpr uint64_t kEncluSiteSize = 16;
inline constexpr std::array<uint8_t, 3> kEncluOpcode { 0x0F, 0x01, 0xD7 };
inline constexpr char kEncluSection[] = ".farl.enclu";

} // namespace farl::sgx
