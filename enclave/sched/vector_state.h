// The x87, SSE, AVX and AVX-512 registers of a thread that is not on a carrier. The runtime itself uses general
// registers only, so they stay live through a system call and are saved when a thread leaves its carrier or the
// carrier leaves the enclave.
#pragma once

#include <cstdint>

namespace farl {

inline constexpr uint64_t kXsaveAreaSize = 2816;

struct alignas(64) VectorState {
    uint8_t area[kXsaveAreaSize]; // context.S: x87 as XSAVE leaves it, then the vector and mask registers
    uint64_t in_use;              // XINUSE at the time; the others are in their initial state
    uint32_t mxcsr { 0x1f80 };
    uint32_t padding[13];
};
static_assert(sizeof(VectorState) % 64 == 0);

extern "C" {
// Saves the registers, then clears them, so that nothing of the application is left for whoever runs next.
void farl_vectors_save(VectorState* state);
void farl_vectors_restore(VectorState* state);
// Both, for two different threads, without clearing what is overwritten.
void farl_vectors_exchange(VectorState* saved, VectorState* restored);
}

} // namespace farl
