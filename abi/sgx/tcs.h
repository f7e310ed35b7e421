// TCS: the control structure of an enclave thread. SDM vol. 3D, "Thread Control Structure (TCS)".
#pragma once

#include <cstddef>
#include <cstdint>

namespace farl::sgx {

struct Tcs {
    uint64_t stage { 0 };
    uint64_t flags { 0 };
    uint64_t ossa { 0 };
    uint32_t cssa { 0 };
    uint32_t nssa { 0 };
    uint64_t oentry { 0 };
    uint64_t aep { 0 };
    uint64_t ofsbase { 0 };
    uint64_t ogsbase { 0 };
    uint32_t fs_limit { 0xFFF };
    uint32_t gs_limit { 0xFFF };
    uint64_t ocet_ssa { 0 };
    uint64_t previous_ssp { 0 };
    uint8_t reserved[4008] {};
};
static_assert(sizeof(Tcs) == 4096);
static_assert(offsetof(Tcs, ossa) == 16);
static_assert(offsetof(Tcs, cssa) == 24);
static_assert(offsetof(Tcs, oentry) == 32);
static_assert(offsetof(Tcs, ofsbase) == 48);
static_assert(offsetof(Tcs, fs_limit) == 64);
static_assert(offsetof(Tcs, previous_ssp) == 80);
static_assert(offsetof(Tcs, reserved) == 88);

inline constexpr uint64_t kTcsDebugOptIn = 1 << 0;
inline constexpr uint64_t kTcsAexNotify = 1 << 1;

} // namespace farl::sgx
