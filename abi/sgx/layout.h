// The address map of every Farl enclave. ELRANGE is [0, 1 TiB): base 0, so that programs linked to a fixed low
// address load as they are and an ELRANGE address equals its enclave offset. MRENCLAVE covers offsets only.
#pragma once

#include <cstdint>

namespace farl::sgx {

inline constexpr uint64_t kEnclaveBase = 0;
inline constexpr uint64_t kEnclaveSize = 1ull << 40;

// [kApplicationBase, kApplicationEnd) belongs to the application; nothing is ever mapped below it.
inline constexpr uint64_t kApplicationBase = 0x1'0000;
inline constexpr uint64_t kApplicationEnd = 0xFB'0000'0000;

// The runtime's image (farl-enclave is linked to this address), then one block of pages for each TCS, then its heap.
inline constexpr uint64_t kRuntimeBase = 0xFC'0000'0000;
inline constexpr uint64_t kTcsAreaBase = 0xFC'4000'0000;
inline constexpr uint64_t kRuntimeHeapBase = 0xFD'0000'0000;
inline constexpr uint64_t kRuntimeHeapEnd = 0xFF'F000'0000;

// A TCS block, in pages: TCS, SSA frames, a gap, the carrier page (GS base), the entry stack, a gap.
// SSA, carrier page and stack are added unmeasured and zero; the runtime initialises what it relies on.
inline constexpr uint64_t kSsaFramePages = 1;
inline constexpr uint64_t kSsaFrameCount = 2;
inline constexpr uint64_t kTcsBlockPages = 16;
inline constexpr uint64_t kTcsBlockSize = kTcsBlockPages * 4096;
inline constexpr uint64_t kTcsSsaPage = 1;
inline constexpr uint64_t kTcsCarrierPage = 4;
inline constexpr uint64_t kTcsStackPage = 6;
inline constexpr uint64_t kTcsStackPages = 8;
inline constexpr uint64_t kTcsCount = 256;

constexpr uint64_t tcs_address(uint64_t index) { return kTcsAreaBase + index * kTcsBlockSize; }

} // namespace farl::sgx
