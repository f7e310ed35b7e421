// ATTRIBUTES and MISCSELECT of an enclave. SDM vol. 3D, "ATTRIBUTES" and "MISCSELECT".
#pragma once

#include <cstdint>

namespace farl::sgx {

struct Attributes {
    uint64_t flags { 0 };
    uint64_t xfrm { 0 };

    friend bool operator==(Attributes const&, Attributes const&) = default;
};
static_assert(sizeof(Attributes) == 16);

inline constexpr uint64_t kAttributeInit = 1 << 0;
inline constexpr uint64_t kAttributeDebug = 1 << 1;
inline constexpr uint64_t kAttributeMode64Bit = 1 << 2;
inline constexpr uint64_t kAttributeProvisionKey = 1 << 4;
inline constexpr uint64_t kAttributeEinitTokenKey = 1 << 5;
inline constexpr uint64_t kAttributeCet = 1 << 6;
inline constexpr uint64_t kAttributeKss = 1 << 7;
inline constexpr uint64_t kAttributeAexNotify = 1 << 10;

// Extended features of XFRM, as in XCR0. The first two are mandatory.
inline constexpr uint64_t kXfrmX87 = 0x1;
inline constexpr uint64_t kXfrmLegacy = 0x3;
inline constexpr uint64_t kXfrmAvx = 0x4;
inline constexpr uint64_t kXfrmAvx512 = 0xE0;
// What Farl lets an enclave use, where the processor has it.
inline constexpr uint64_t kXfrmSupported = kXfrmLegacy | kXfrmAvx | kXfrmAvx512;

// MISCSELECT: the SSA frame also holds EXINFO, and #PF and #GP are reported in EXITINFO.
inline constexpr uint32_t kMiscExinfo = 1 << 0;

} // namespace farl::sgx
