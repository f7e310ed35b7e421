// The state save area frame: XSAVE area at its start, GPRSGX at its end, EXINFO just below GPRSGX.
// SDM vol. 3D, "State Save Area (SSA) Frame". Offsets are bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::sgx {

struct Gprs {
    uint64_t rax;
    uint64_t rcx;
    uint64_t rdx;
    uint64_t rbx;
    uint64_t rsp;
    uint64_t rbp;
    uint64_t rsi;
    uint64_t rdi;
    uint64_t r8;
    uint64_t r9;
    uint64_t r10;
    uint64_t r11;
    uint64_t r12;
    uint64_t r13;
    uint64_t r14;
    uint64_t r15;
    uint64_t rflags;
    uint64_t rip;
    uint64_t ursp;
    uint64_t urbp;
    uint32_t exit_info;
    uint8_t reserved[3];
    uint8_t aex_notify;
    uint64_t fs_base;
    uint64_t gs_base;
};
static_assert(sizeof(Gprs) == 184);
static_assert(offsetof(Gprs, rflags) == 128);
static_assert(offsetof(Gprs, ursp) == 144);
static_assert(offsetof(Gprs, exit_info) == 160);
static_assert(offsetof(Gprs, aex_notify) == 167);
static_assert(offsetof(Gprs, fs_base) == 168);

struct ExInfo {
    uint64_t address;
    uint32_t error_code;
    uint32_t reserved;
};
static_assert(sizeof(ExInfo) == 16);

// EXITINFO: bits 7:0 the vector, 10:8 the type, 31 valid. Zero after an interrupt.
enum class ExitType : uint32_t {
    Hardware = 3,
    Software = 6,
};
inline constexpr uint32_t kExitInfoValid = 1u << 31;

constexpr uint32_t exit_info(uint8_t vector, ExitType type)
{
    return kExitInfoValid | static_cast<uint32_t>(type) << 8 | vector;
}
constexpr bool exit_info_valid(uint32_t info) { return info & kExitInfoValid; }
constexpr uint8_t exit_info_vector(uint32_t info) { return info & 0xFF; }

// Exception vectors that an enclave can raise.
inline constexpr uint8_t kVectorDe = 0;
inline constexpr uint8_t kVectorDb = 1;
inline constexpr uint8_t kVectorBp = 3;
inline constexpr uint8_t kVectorBr = 5;
inline constexpr uint8_t kVectorUd = 6;
inline constexpr uint8_t kVectorSs = 12;
inline constexpr uint8_t kVectorGp = 13;
inline constexpr uint8_t kVectorPf = 14;
inline constexpr uint8_t kVectorMf = 16;
inline constexpr uint8_t kVectorAc = 17;
inline constexpr uint8_t kVectorXm = 19;

// The XSAVE area, standard format (SDM vol. 1, "XSAVE Area").
inline constexpr size_t kXsaveLegacySize = 512;
inline constexpr size_t kXsaveHeaderSize = 64;
inline constexpr size_t kXsaveMxcsrOffset = 24;
inline constexpr size_t kXsaveX87End = 160; // behind ST7; MXCSR and its mask lie in between

struct XsaveHeader {
    uint64_t xstate_bv;
    uint64_t xcomp_bv;
    uint64_t reserved[6];
};
static_assert(sizeof(XsaveHeader) == kXsaveHeaderSize);

constexpr size_t gprs_offset(uint64_t ssa_frame_size) { return ssa_frame_size - sizeof(Gprs); }
constexpr size_t exinfo_offset(uint64_t ssa_frame_size) { return gprs_offset(ssa_frame_size) - sizeof(ExInfo); }

} // namespace farl::sgx
